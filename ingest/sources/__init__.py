"""One module a connector; connectors do not know each other."""
