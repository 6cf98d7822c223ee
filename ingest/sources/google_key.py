"""The account's key: the one place that reads it, and nowhere is it repeated."""

import json
import os

from ingest.errors import SourceRefused
from ingest.google_settings import GoogleDocsSettings
from ingest.shapes import Json


def read_key(settings: GoogleDocsSettings) -> Json | None:
    """The account's key; None where another server is asked without one.

    Raises:
        SourceRefused: there is no key, or it is not JSON. The message never repeats it.
    """
    place = str(settings.key_file) if settings.key_file else f"${settings.key_env}"
    try:
        if settings.key_file:
            raw = settings.key_file.read_text(encoding="utf-8")
        else:
            raw = os.environ.get(settings.key_env, "")  # noqa: TID251 - secrets are read here only
    except OSError as error:
        raise SourceRefused(f"cannot read the key {place}: {error.strerror}") from error
    if not raw.strip() and settings.api_endpoint:
        return None
    try:
        key = json.loads(raw)
    except ValueError:
        key = None  # the error of the parser would repeat what it could not read
    if not isinstance(key, dict):
        raise SourceRefused(
            f"{place} holds no JSON key; create one for a service account in the Google Cloud "
            "console, and name it by key_file or in the environment"
        )
    return key
