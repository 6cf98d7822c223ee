"""From evidence to sentences with verified quotes."""
