"""Makes the fast backend of a model, once, in a process of its own, and judges it."""

import fcntl
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from index.embedders.digests import Digests
from index.embedders.exported import Exported, Parity, is_whole, read_exported
from index.embedders.model import Model
from index.errors import ConfigError, StorageError

LEAST_MEAN_COSINE = 0.999
LEAST_MIN_COSINE = 0.99
_WORKER = "index.embedders.export_worker"
_TIMEOUT_S = 1800  # a 560 MB model takes under a minute; this only ends what hangs
logger = logging.getLogger(__name__)


def export_folder(models: Path, model: Model) -> Path:
    """Where the export of this model belongs."""
    return models / model.name.replace("/", "_")


def ensure_exported(model: Model, models: Path, *, renew: bool = False) -> Exported:
    """The export of the model, made now unless a whole one is there.

    Args:
        model: what to export.
        models: folder of all exports.
        renew: make it again even if its files are whole.

    Raises:
        ConfigError: the model cannot be exported, or its vectors differ from the reference's.
        StorageError: the folder cannot be written.
    """
    folder = export_folder(models, model)
    digests = Digests(models)
    try:
        with _alone(folder):
            found = read_exported(folder)
            # Another process may have made it while this one waited.
            if found and not renew and is_whole(found, model, digests):
                return found
            _refuse_known(folder)
            return _make(model, folder)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error.strerror or error}") from error


def check_parity(parity: Parity | None) -> None:
    """Refuses an export whose vectors are not the reference's.

    Raises:
        ConfigError: with the figures.
    """
    if parity is None:
        raise ConfigError("the export was never compared with the reference")
    if parity.mean_cosine < LEAST_MEAN_COSINE or parity.min_cosine < LEAST_MIN_COSINE:
        raise ConfigError(
            f"its vectors differ from the reference's: cosine {parity.mean_cosine:.5f} on average "
            f"(at least {LEAST_MEAN_COSINE}), {parity.min_cosine:.5f} at worst (at least "
            f"{LEAST_MIN_COSINE}), {parity.texts} texts"
        )


def _make(model: Model, folder: Path) -> Exported:
    logger.info("exporting %s for the fast backend; this happens once", model.name)
    prefix = f".{folder.name}-"
    for abandoned in folder.parent.glob(f"{prefix}*/"):  # by a process that was killed: 90 MB
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as temporary:
        work = Path(temporary) / "export"
        work.mkdir()
        _run_worker(model, work)
        made = read_exported(work)
        if made is None:
            raise ConfigError(f"the export of {model.name} left nothing behind")
        try:
            check_parity(made.parity)
        except ConfigError as error:
            _refusal(folder).write_text(str(error), encoding="utf-8")
            raise
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        work.rename(folder)
    logger.info("exported %s: %s", model.name, made.parity)
    found = read_exported(folder)
    assert found is not None  # noqa: S101 — read a moment ago, under the lock
    return found


def _run_worker(model: Model, folder: Path) -> None:
    job = {
        "model": asdict(model) | {"folder": str(model.folder)},
        "folder": str(folder),
        "least_mean": LEAST_MEAN_COSINE,
        "least_min": LEAST_MIN_COSINE,
    }
    # In the folder above this package, `-m` finds the package without a changed environment.
    command = [sys.executable, "-m", _WORKER, json.dumps(job)]
    try:
        done = subprocess.run(  # noqa: S603 — our own module
            command,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"exporting {model.name} took more than {_TIMEOUT_S} s") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ConfigError(f"exporting {model.name} failed (code {done.returncode}): {last}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock: a second process waits, then finds the export made."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refusal(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.refused.txt")


def _refuse_known(folder: Path) -> None:
    """Does not spend half a minute at each start on an export that was refused before."""
    if (refusal := _refusal(folder)).is_file():
        reason = refusal.read_text(encoding="utf-8")
        raise ConfigError(f"{reason} (found earlier; delete {refusal} to try again)")
