"""How much room the files of an index take."""

from pathlib import Path


def bytes_below(folder: Path) -> int:
    """Size of all files in a folder and below it; what vanishes meanwhile counts nothing."""
    return sum(_size_bytes(path) for path in folder.rglob("*"))


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # merged away while we counted
        return 0
