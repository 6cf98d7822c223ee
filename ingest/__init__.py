"""From where knowledge is written, into the index."""
