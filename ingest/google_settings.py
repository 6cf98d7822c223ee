"""Settings of the Google Docs source."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from index.settings import ConfigPath

DriveId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{4,128}$")]


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{value!r} must be a web address without user name or password")
    return value.rstrip("/")


def _push_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment:
        # Not repeated: it may hold a password.
        raise ValueError("push_url must be an https address without user name or password")
    return value


class GoogleDocsSettings(BaseModel):
    """Google Docs of folders, of shared drives, or of everything that the account sees.

    Attributes:
        folders: ids of folders that are read with all below them.
        drives: ids of shared drives that are read whole.
        key_file: JSON key of a service account, or of an authorized user with a refresh token.
        key_env: environment variable that holds such a key; read where `key_file` is not set.
        subject: address of the person whose view of Drive a service account takes (domain-wide
            delegation); empty: its own.
        link_shared: whether those whom only a link admits may find the document by searching.
        full_crawl_days: how often everything is listed and all permissions are read again; the
            log of changes need not say when a folder above a document was shared or unshared.
        num_retries: how often a request is tried again.
        max_wait_seconds: all waits of one request together.
        docs_requests_per_minute: of one process; 0: as fast as it goes. Google allows 300 to a
            user and 3,000 to a project.
        drive_requests_per_minute: the same for Drive, where Google allows 12,000.
        push_url: public address of this service's `POST /v1/webhooks/drive`, which Drive is asked
            to call when something changed; None: it is not.
        api_endpoint: another server than Google's; without a key it is asked without credentials.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    kind: Literal["google_docs"]
    folders: tuple[DriveId, ...] = ()
    drives: tuple[DriveId, ...] = ()
    key_file: ConfigPath | None = None
    key_env: str = Field("GOOGLE_SERVICE_ACCOUNT_KEY", pattern=r"^[A-Z][A-Z0-9_]*$")
    subject: str = ""
    link_shared: Literal["nobody", "readers"] = "nobody"
    full_crawl_days: int = Field(1, ge=1, le=30)
    num_retries: int = Field(4, ge=0, le=10)
    max_wait_seconds: float = Field(120, ge=0, le=3600)
    timeout_seconds: float = Field(60, gt=0, le=600)
    docs_requests_per_minute: int = Field(240, ge=0, le=60_000)
    drive_requests_per_minute: int = Field(6_000, ge=0, le=60_000)
    page_size: int = Field(1000, ge=1, le=1000)
    push_url: Annotated[str, AfterValidator(_push_url)] | None = None
    api_endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
