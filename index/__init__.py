"""What is known, and who may see it."""
