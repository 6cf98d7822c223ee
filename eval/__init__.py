"""How good it is, on questions that do not change."""
