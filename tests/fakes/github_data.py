"""A repository of the fake GitHub: what is in it, and how it changes."""

import json
from bisect import bisect_left
from pathlib import Path
from typing import Any, Literal

from tests.fakes import github_discussions
from tests.fakes import github_shapes as shapes
from tests.fakes.clock import FakeClock
from tests.fakes.github_shapes import Json

Kind = Literal["issues", "comments"]
_FILES = ("issues", "comments", "collaborators", "teams")


class FakeRepository:
    """Issues and comments in memory, each kept as the JSON that is sent.

    Attributes:
        elsewhere: where an issue that is no longer here was transferred to, by number; None: it
            was deleted.
        discussions: as GraphQL's nodes; `leftOut` in one hides it from listings.
        left_out: numbers and comment ids that listings do not show although they are there.
    """

    def __init__(self, full_name: str, clock: FakeClock, about: Json | None = None) -> None:
        self.owner, _, self.name = full_name.partition("/")
        self.about = shapes.repository(self.owner, self.name, about or {})
        self.collaborators: list[Json] = []
        self.teams: list[Json] = []
        self.elsewhere: dict[int, str | None] = {}
        self.left_out: set[int] = set()
        self.discussions: list[Json] = []
        self._clock = clock
        self._remarks = 0
        self._rows: dict[Kind, dict[int, Json]] = {"issues": {}, "comments": {}}
        self._sent: dict[tuple[Kind, int], bytes] = {}
        self._orders: dict[tuple[Kind, str], tuple[list[str], list[int]]] = {}

    @classmethod
    def read(cls, folder: Path, clock: FakeClock) -> "FakeRepository":
        """From `<owner>__<name>/` with issues.json and so on; files that lack are empty."""
        about = json.loads(_text(folder / "repository.json", "{}"))
        made = cls(folder.name.replace("__", "/"), clock, about)
        issues, comments, people, teams = (
            json.loads(_text(folder / f"{name}.json", "[]")) for name in _FILES
        )
        for given in issues:
            made._put("issues", given["number"], shapes.issue(made.full_name, given))
        for given in comments:
            made._put("comments", given["id"], shapes.comment(made.full_name, given))
        for given in json.loads(_text(folder / "discussions.json", "[]")):
            made.discussions.append(github_discussions.discussion(made.full_name, given))
        made.collaborators = [shapes.collaborator(person) for person in people]
        made.teams = [shapes.team(made.owner, team) for team in teams]
        return made

    @property
    def id(self) -> int:
        return int(self.about["id"])

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def numbers(self) -> list[int]:
        return sorted(self._rows["issues"])

    def add_issue(self, number: int, **fields: Any) -> Json:
        now = self._clock.text()
        given = {"number": number, "created_at": now, "updated_at": now, **fields}
        self._put("issues", number, shapes.issue(self.full_name, given))
        return self._rows["issues"][number]

    def edit_issue(self, number: int, **fields: Any) -> None:
        changed = {"updated_at": self._clock.text(), **fields}
        self._put("issues", number, {**self._rows["issues"][number], **changed})

    def delete_issue(self, number: int, moved_to: str | None = None) -> None:
        """Deleted, or transferred to another address of the API."""
        self.elsewhere[number] = moved_to
        self._drop("issues", number)
        for comment in self.comments_of(number):
            self._drop("comments", comment["id"])

    def add_comment(self, number: int, body: str, **fields: Any) -> int:
        """The id of a new comment; its issue is touched, as on GitHub."""
        made = max(self._rows["comments"], default=1000) + 1
        now = self._clock.text()
        given = {
            "id": fields.pop("id", made),
            "issue_url": f"{shapes.API}/repos/{self.full_name}/issues/{number}",
            "body": body,
            "created_at": now,
            "updated_at": now,
            **fields,
        }
        self._put("comments", given["id"], shapes.comment(self.full_name, given))
        self.edit_issue(number, comments=len(self.comments_of(number)))
        return int(given["id"])

    def edit_comment(self, comment: int, **fields: Any) -> None:
        changed = {"updated_at": self._clock.text(), **fields}
        self._put("comments", comment, {**self._rows["comments"][comment], **changed})

    def delete_comment(self, comment: int) -> None:
        """Gone without a trace: whether GitHub touches the issue then is not documented."""
        self._drop("comments", comment)

    def add_discussion(self, number: int, **fields: Any) -> Json:
        now = self._clock.text()
        given = {"number": number, "createdAt": now, "updatedAt": now, **fields}
        made = github_discussions.discussion(self.full_name, given)
        self.about["has_discussions"] = True
        self.discussions.append(made)
        return made

    def add_remark(self, discussion: Json, rows: list[Json], body: str, **fields: Any) -> Json:
        """A comment among a discussion's, or a reply among a comment's; the discussion is touched.

        Their ids are those of no other: they go on from how many there are.
        """
        self._remarks += 1
        given = {"databaseId": 9000 + self._remarks, "createdAt": self._clock.text(), **fields}
        made = github_discussions.comment(discussion["url"], {**given, "body": body})
        rows.append(made)
        discussion["updatedAt"] = self._clock.text()
        return made

    def rename(self, full_name: str) -> None:
        self.owner, _, self.name = full_name.partition("/")
        self.about |= {"name": self.name, "full_name": full_name}

    def issue(self, number: int) -> bytes | None:
        return self._json("issues", number) if number in self._rows["issues"] else None

    def comments_of(self, number: int) -> list[Json]:
        end = f"/issues/{number}"
        rows = self._rows["comments"].values()
        return [row for row in rows if row["issue_url"].endswith(end)]

    def listing(
        self, kind: Kind, *, since: str, sort: str, descending: bool, state: str = "all"
    ) -> list[int]:
        """Keys of the rows that a listing shows, in its order."""
        column = "updated_at" if sort == "updated" else "created_at"
        _, keys = self._order(kind, column)
        if since:
            updated, by_update = self._order(kind, "updated_at")
            fresh = by_update[bisect_left(updated, since) :]
            keys = fresh if column == "updated_at" else [k for k in keys if k in set(fresh)]
        if kind == "issues" and state != "all":
            keys = [key for key in keys if self._rows["issues"][key]["state"] == state]
        if self.left_out:
            keys = [key for key in keys if key not in self.left_out]
        return keys[::-1] if descending else keys

    def page(self, kind: Kind, keys: list[int]) -> bytes:
        return b"[" + b",".join(self._json(kind, key) for key in keys) + b"]"

    def _order(self, kind: Kind, column: str) -> tuple[list[str], list[int]]:
        if (kind, column) not in self._orders:
            rows = self._rows[kind]
            pairs = sorted((row[column], key) for key, row in rows.items())
            self._orders[kind, column] = [time for time, _ in pairs], [key for _, key in pairs]
        return self._orders[kind, column]

    def _json(self, kind: Kind, key: int) -> bytes:
        if (kind, key) not in self._sent:
            self._sent[kind, key] = json.dumps(self._rows[kind][key]).encode()
        return self._sent[kind, key]

    def _put(self, kind: Kind, key: int, row: Json) -> None:
        self._rows[kind][key] = row
        self._sent.pop((kind, key), None)
        self._orders.clear()

    def _drop(self, kind: Kind, key: int) -> None:
        del self._rows[kind][key]
        self._sent.pop((kind, key), None)
        self._orders.clear()


def _text(path: Path, missing: str) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else missing
