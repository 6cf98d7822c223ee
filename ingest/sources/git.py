"""Runs git: with limits, without prompts or hooks, and with failures sorted by what to do."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ingest.errors import IngestError, RetryLater, SourceRefused

MIB: Final = 1024 * 1024

LOCAL_SECONDS: Final = 300
NETWORK_SECONDS: Final = 1800
"""A first clone of a large repository takes minutes; a stalled one ends by `lowSpeed` below."""

_SAFE: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "log.showSignature=false",
    "gc.autoDetach=false",  # a background gc would outlive us and hold locks
    "fetch.recurseSubmodules=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
)

# What a person sets to let git in, and nothing that redirects it: a GIT_DIR left over from a hook
# that started us would make every command below work on the wrong repository.
_KEPT: Final = re.compile(
    r"GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_\w+|HTTP_\w+|CONFIG_\w+|EXEC_PATH)"
)

_PASSING: Final = re.compile(
    r"could not resolve host|could not resolve hostname|connection (refused|timed out|reset)"
    r"|operation timed out|failed to connect|couldn't connect|network is unreachable"
    r"|no route to host|temporary failure|returned error: (408|429|5\d\d)|early eof|rpc failed"
    r"|not our ref"  # the branch was rewritten between two requests
    r"|hung up unexpectedly|transfer closed|operation too slow|unexpected disconnect"
    r"|connection closed by|ssl_read|gnutls_handshake|tls connection",
    re.IGNORECASE,
)
_ADVICE: Final = (
    (
        r"authentication failed|could not read (username|password)|terminal prompts disabled"
        r"|permission denied|host key verification|returned error: 40[13]|invalid credentials",
        "let git in (a credential helper, GIT_ASKPASS or an SSH key), then sync again",
    ),
    (
        r"couldn't find remote ref|remote branch .* not found",
        "check `branch` in config.yaml; without it the remote's HEAD is read",
    ),
    (
        r"dubious ownership",
        "the repository belongs to another user: add it to git's safe.directory",
    ),
    (
        r"not found|does not appear to be a git repository|does not exist|not a git repository"
        r"|returned error: 404",
        "check `git` in config.yaml, and that the credentials may read it",
    ),
    (r"no space left|disk quota", "free disk space, then sync again"),
)
_NOISE: Final = re.compile(
    r"^(please make sure|and the repository exists|hint:|warning:|remote: (counting|compressing|"
    r"enumerating|total)|fatal: could not read from remote repository|$)",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(r"(?<=://)[^/@\s]+@")


class GitFailed(IngestError):
    """A git command ended with an error; `said` is its stderr."""

    def __init__(self, said: str) -> None:
        super().__init__(last_line(said))
        self.said = said


class Git:
    """git in one repository."""

    def __init__(self, *location: str) -> None:
        self._location = location

    @classmethod
    def bare(cls, folder: Path) -> "Git":
        """Git in the bare repository at `folder`, never in one that happens to lie around it."""
        return cls(f"--git-dir={folder}")

    @classmethod
    def around(cls, folder: Path) -> "Git":
        """Git in the checkout that `folder` lies in, with paths relative to `folder`."""
        return cls("-C", str(folder))

    def run(self, *args: str, stdin: bytes = b"", seconds: float = LOCAL_SECONDS) -> bytes:
        """What `git <args>` writes to stdout.

        Raises:
            GitFailed: git ended with an error.
            SourceRefused: git is not installed.
            RetryLater: it took longer than `seconds`.
        """
        with _started((*self._location, *args), stderr=subprocess.PIPE) as git:
            try:
                out, said = git.process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired as error:
                raise RetryLater(f"git {args[0]} took longer than {seconds:.0f} seconds") from error
        if git.process.returncode:
            raise GitFailed(said.decode(errors="replace"))
        return out

    def pieces(self, *args: str, separator: bytes) -> Iterator[bytes]:
        """What `git <args>` writes, cut at `separator`, as it comes; closing this ends git.

        Raises:
            GitFailed: git ended with an error before the caller had enough.
        """
        with _started((*self._location, *args)) as git:
            git.stdin.close()
            rest = b""
            while written := os.read(git.stdout.fileno(), 65536):
                *whole, rest = (rest + written).split(separator)
                yield from whole
            if git.process.wait(LOCAL_SECONDS):
                raise GitFailed(f"fatal: git {args[0]} failed")
        if rest:
            yield rest

    @contextmanager
    def blobs(self) -> Iterator["Blobs"]:
        """A reader of the repository's objects."""
        with _started((*self._location, "cat-file", "--batch")) as git:
            yield Blobs(git)


class Blobs:
    """Contents by object name, all from one `git cat-file --batch`."""

    def __init__(self, git: "_Running") -> None:
        self._git = git

    def read(self, sha: str, limit: int) -> bytes:
        """The content of an object; of a larger one its first `limit + 1` bytes.

        Raises:
            GitFailed: there is no such object, and the remote does not give it.
        """
        try:
            self._git.stdin.write(sha.encode() + b"\n")
            self._git.stdin.flush()
        except BrokenPipeError as error:
            raise GitFailed(f"fatal: git ended before object {sha}") from error
        header = self._git.stdout.readline().split()
        if len(header) != 3:
            raise GitFailed(f"fatal: object {sha} is missing from the local clone")
        size = int(header[2])
        content = self._git.stdout.read(min(size, limit + 1))
        left = size - len(content) + 1  # and the newline that ends it
        while left > 0 and (piece := self._git.stdout.read(min(left, MIB))):
            left -= len(piece)
        return content


def explain(what: str, failed: GitFailed) -> IngestError:
    """The failure as one that says whether trying again helps, and what a person can do."""
    if _PASSING.search(failed.said) and not re.search(_ADVICE[0][0], failed.said, re.IGNORECASE):
        return RetryLater(f"{what}: {failed}")
    for pattern, advice in _ADVICE:
        if re.search(pattern, failed.said, re.IGNORECASE):
            return SourceRefused(f"{what}: {failed}; {advice}")
    return SourceRefused(f"{what}: {failed}")


def last_line(said: str) -> str:
    """The line of git's stderr that says most, without credentials."""
    lines = [line.strip() for line in said.splitlines()]
    telling = [line for line in lines if not _NOISE.match(line)]
    line = (telling or [line for line in lines if line] or ["git failed without a word"])[-1]
    return _SECRET.sub("", line.removeprefix("fatal: "))


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: IO[bytes]


@contextmanager
def _started(args: Sequence[str], stderr: int = subprocess.DEVNULL) -> Iterator[_Running]:
    settings = [part for setting in _SAFE for part in ("-c", setting)]
    try:
        # No shell; what comes from settings was checked not to begin with a dash.
        process = subprocess.Popen(  # noqa: S603
            ["git", *settings, *args],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment(),
            start_new_session=True,  # no terminal to ask on, and one group to end together
        )
    except OSError as error:
        raise SourceRefused(f"cannot run git: {error.strerror}; install it") from error
    try:
        yield _Running(process, _pipe(process.stdin), _pipe(process.stdout))
    finally:
        _end(process)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        with suppress(BrokenPipeError):
            if pipe:
                pipe.close()
    process.wait()


def _environment() -> Mapping[str, str]:
    # git reads its own settings (proxy, HOME, askpass) from the environment; ours are not there.
    inherited = os.environ  # noqa: TID251
    kept = {k: v for k, v in inherited.items() if not k.startswith("GIT_") or _KEPT.fullmatch(k)}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
    }
