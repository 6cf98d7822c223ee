"""Texts of files -> titles, sections with heading paths, and blocks with exact spans."""

from ingest.markup.detect import detect
from ingest.markup.parsed import Parsed, ParsedSection
from ingest.markup.parsing import parse

__all__ = ["Parsed", "ParsedSection", "detect", "parse"]
