"""The command `answerable`: composes ingest, index and service, prints, and exits."""
