"""Signing in with a browser: from the identity provider to a session, and out again."""
