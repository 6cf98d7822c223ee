"""Question sets: read, checked, and exchanged with other tools."""
