"""Who may read a repository's issues. What GitHub does not tell us, nobody may."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from index.access import group, user
from ingest.errors import HttpRefused, SourceRefused
from ingest.settings import GithubIssuesSettings
from ingest.sources.github_api import GithubApi
from ingest.sources.github_models import Repository

_REFUSED = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read; `problem` says why that could not be found out, if so."""

    who: frozenset[str]
    problem: str = ""


def readers(
    repository: Repository,
    api: GithubApi,
    settings: GithubIssuesSettings,
    people: Mapping[str, str],
) -> Readers:
    """The readers of all issues of a repository.

    Args:
        repository: as GitHub describes it now.
        api: asked for collaborators and teams of a private one.
        settings: what each visibility means.
        people: e-mail addresses by login, in lower case.
    """
    # Old servers do not speak of visibility, only of private or not.
    visibility = repository.visibility or ("private" if repository.private else "public")
    if visibility == "public" and not repository.private:
        return Readers(frozenset(settings.public_readers))
    if visibility == "internal":
        return Readers(frozenset(settings.internal_readers))
    if settings.private_readers is not None:
        return Readers(frozenset(settings.private_readers))
    return _of_private(repository, api, people)


def _of_private(repository: Repository, api: GithubApi, people: Mapping[str, str]) -> Readers:
    try:
        collaborators = api.collaborators(repository)
    except HttpRefused as refused:
        if refused.status not in _REFUSED:
            raise
        return Readers(
            frozenset(),
            f"{repository.full_name} is private and its collaborators may not be listed "
            f"({refused.status}): nobody may read its issues here; give the credential the right "
            "to push, or name `private_readers`",
        )
    able = [p.login.lower() for p in collaborators if p.permissions and p.permissions.pull]
    who = {user(people[login]) for login in able if login in people}
    return Readers(frozenset(who | _teams(repository, api)))


def _teams(repository: Repository, api: GithubApi) -> set[str]:
    try:
        teams = api.teams(repository)
    except HttpRefused as refused:
        if refused.status not in _REFUSED:
            raise
        return set()  # their members are among the collaborators
    # `pull` is the least a team can have; a team that is listed without rights reads nothing.
    able = [team.slug for team in teams if team.permissions is None or team.permissions.pull]
    return {group(f"{repository.owner.login}/{slug}") for slug in able}


def people_of(path: Path | None) -> dict[str, str]:
    """E-mail addresses by login, from a mapping or from a list of `{login, email}`.

    Raises:
        SourceRefused: the file cannot be read, or is neither.
    """
    if path is None:
        return {}
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourceRefused(f"cannot read people_file {path}") from error
    if isinstance(raw, list) and all(isinstance(row, dict) for row in raw):
        raw = {row.get("login"): row.get("email") for row in raw}
    if not isinstance(raw, dict):
        raise SourceRefused(f"people_file {path} must map logins to e-mail addresses")
    pairs = [(login, email) for login, email in raw.items() if login and email]
    return {str(login).lower(): str(email) for login, email in pairs}
