"""Who was shown what: an append-only log in which every entry holds the hash of the one before."""
