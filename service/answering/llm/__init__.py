"""Answers that a language model words, and the documents bear out."""
