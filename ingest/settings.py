"""Settings of ingest: which sources are read, how, and the guards of the sync loop."""

import re
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    field_validator,
    model_validator,
)

from index.access import PUBLIC
from index.settings import ConfigPath, Section, section
from index.types import Markup
from ingest.configured import ConfiguredSource

MIB = 1024 * 1024
GIT_SCHEMES = ("https", "ssh", "file")
TEXT_SUFFIXES = ("md", "markdown", "mdx", "qmd", "rst", "rest", "txt", "text")
TEMPLATE_SUFFIXES = ("j2", "tmpl")
DEFAULT_INCLUDE = (
    *(f"*.{suffix}" for suffix in TEXT_SUFFIXES),
    *(f"*.{suffix}.{template}" for suffix in TEXT_SUFFIXES for template in TEMPLATE_SUFFIXES),
    "*.erb",
)

_LIKE_SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//|:).+")
_SOURCE_NAME = r"^[a-z][a-z0-9_-]*$"


def _reader(value: str) -> str:
    value = value.strip().lower()
    kind, colon, who = value.partition(":")
    if value == PUBLIC or (colon and kind in ("user", "group", "domain") and who):
        return value
    known = "public, user:<email>, group:<name> or domain:<name>"
    raise ValueError(f"{value!r} is no reader; say {known}")


def _folder(value: str) -> str:
    parts = [part for part in value.strip().split("/") if part not in ("", ".")]
    if value.startswith("/") or ".." in parts or not parts:
        raise ValueError(f"{value!r} must be a folder inside the source, like docs/guides")
    return "/".join(parts)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        raise ValueError(f"{value!r} must be a web address without user name or password")
    return value.rstrip("/")


def _remote(value: str) -> str:
    if value.startswith("-") or "::" in value:  # an option, or the name of a remote helper
        raise ValueError(f"{value!r} is no address of a repository")
    if "://" in value:
        return _remote_url(value)
    if _LIKE_SCP.fullmatch(value):
        return value
    return str(TypeAdapter(ConfigPath).validate_python(value))


def _remote_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in GIT_SCHEMES:
        raise ValueError(f"{parts.scheme}:// is not read; use https, ssh, file, or a local path")
    # The address itself must not be repeated here: it may be the secret.
    if parts.password is not None or (parts.scheme == "https" and parts.username is not None):
        raise ValueError(
            f"the address of {parts.hostname} holds a user name or password; take it out and give "
            "it to git: a credential helper (git help credentials), GIT_ASKPASS, or an SSH key"
        )
    return value


def _branch(value: str) -> str:
    if value.startswith(("-", "/")) or re.search(r"[\s~^:?*\[\\]|\.\.|@\{|\.lock$|/$", value):
        raise ValueError(f"{value!r} is no name of a branch")
    return value


Reader = Annotated[str, AfterValidator(_reader)]
Folder = Annotated[str, AfterValidator(_folder)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Remote = Annotated[str, Field(min_length=1), AfterValidator(_remote)]
Branch = Annotated[str, Field(min_length=1), AfterValidator(_branch)]
Glob = Annotated[str, StringConstraints(min_length=1)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Repository = Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class MkDocsSite(_Part):
    """The documents are published by MkDocs."""

    kind: Literal["mkdocs"]
    base_url: WebAddress
    docs_dir: Folder | Literal[""] = "docs"
    use_directory_urls: bool = True


class SphinxSite(_Part):
    """The documents are published by Sphinx."""

    kind: Literal["sphinx"]
    base_url: WebAddress
    docs_dir: Folder | Literal[""] = "docs"
    builder: Literal["html", "dirhtml"] = "html"


class DocusaurusSite(_Part):
    """The documents are published by Docusaurus; `base_url` leads to where the docs begin."""

    kind: Literal["docusaurus"]
    base_url: WebAddress
    docs_dir: Folder | Literal[""] = "docs"


Site = MkDocsSite | SphinxSite | DocusaurusSite


class DocsRepoSettings(_Part):
    """A local folder or a git repository of Markdown, reStructuredText and plain text.

    Attributes:
        path: the local folder; either this or `git`.
        git: HTTPS, SSH, file URL or local path of a repository. Credentials are git's own affair.
        branch: None reads the branch that the remote's HEAD names.
        folders: subfolders to read; empty: all.
        include: gitignore-like globs of the files that are documents.
        exclude: globs on top of those that are always left out; `!vendor/` takes one back.
        readers: who may read every document of this source.
        web_url: address of the repository in a browser; None: derived for github.com and
            gitlab.com.
        site: how the documents are published; None: they are cited by their lines.
        formats: markup of names that do not tell it, by glob; the first that fits counts.
    """

    kind: Literal["docs_repo"]
    path: ConfigPath | None = None
    git: Remote | None = None
    branch: Branch | None = None
    folders: tuple[Folder, ...] = ()
    include: tuple[Glob, ...] = DEFAULT_INCLUDE
    exclude: tuple[Glob, ...] = ()
    readers: tuple[Reader, ...] = Field((PUBLIC,), min_length=1)
    max_file_bytes: int = Field(2 * MIB, ge=1, le=64 * MIB)
    web_url: WebAddress | None = None
    site: Annotated[Site, Field(discriminator="kind")] | None = None
    formats: dict[Glob, Markup] = Field(default_factory=dict)

    @field_validator("include", "exclude")
    @classmethod
    def _no_comments(cls, globs: tuple[str, ...]) -> tuple[str, ...]:
        if ignored := [glob for glob in globs if glob.startswith("#") or not glob.strip()]:
            raise ValueError(f"{ignored[0]!r} is a comment, not a glob")
        return globs

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.path is None) == (self.git is None):
            raise ValueError("give either path (a local folder) or git (a repository)")
        if self.branch is not None and self.git is None:
            raise ValueError("branch needs git; a local folder is read as it stands")
        return self


class GithubApp(_Part):
    """An installed GitHub App; the private key (PEM) is in a variable or in a file."""

    app_id: int = Field(ge=1)
    installation_id: int = Field(ge=1)
    private_key_env: Variable | None = None
    private_key_path: ConfigPath | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.private_key_env is None) == (self.private_key_path is None):
            raise ValueError("give either private_key_env or private_key_path")
        return self


class GithubIssuesSettings(_Part):
    """The issues of GitHub repositories, each with its comments.

    Attributes:
        repositories: `owner/name`, as the addresses have it.
        api_url: of a GitHub Enterprise Server: `https://HOST/api/v3`.
        token_env: variable that holds the token; None asks without one (public repositories).
        app: credentials of a GitHub App, instead of a token.
        pull_requests: whether they are documents too; reviews are not read.
        discussions: whether they are documents too; GitHub shows them only to a credential.
        skip_authors: globs of logins whose comments are left out, such as `*[[]bot]`.
        public_readers: who may read the issues of public repositories.
        internal_readers: of internal ones; empty: nobody.
        private_readers: of private ones; None: the collaborators and teams that GitHub names.
        people_file: YAML or JSON, from logins to e-mail addresses; who is not in it may not read.
        full_sweep_days: how often everything is listed, to find what was deleted.
    """

    kind: Literal["github_issues"]
    repositories: tuple[Repository, ...] = Field(min_length=1)
    api_url: WebAddress = "https://api.github.com"
    token_env: Variable | None = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable
    app: GithubApp | None = None
    pull_requests: bool = False
    discussions: bool = False
    skip_authors: tuple[Glob, ...] = ()
    public_readers: tuple[Reader, ...] = (PUBLIC,)
    internal_readers: tuple[Reader, ...] = ()
    private_readers: tuple[Reader, ...] | None = None
    people_file: ConfigPath | None = None
    full_sweep_days: int = Field(7, ge=1, le=365)

    @field_validator("repositories")
    @classmethod
    def _named_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        folded = [name.lower() for name in names]
        if twice := [name for name in names if folded.count(name.lower()) > 1]:
            raise ValueError(f"{twice[0]!r} is named twice")
        return names


SourceName = Annotated[str, StringConstraints(pattern=_SOURCE_NAME, max_length=64)]


class IngestSettings(Section):
    """What is read into the index.

    Attributes:
        sources: by name; the name is the first part of the doc ids, so renaming a source makes
            its documents new. See `ingest.registry` for their kinds.
        max_delete_share: share of a source's known documents that one run may delete without
            `--allow-mass-delete`.
        batch_chunks: chunks that are embedded and written together.
    """

    name: ClassVar[str] = "ingest"
    model_config = section("ingest")

    sources: dict[SourceName, ConfiguredSource] = Field(default_factory=dict)
    max_delete_share: float = Field(0.2, ge=0, le=1)
    batch_chunks: int = Field(256, ge=1, le=5000)
