"""Bytes of a file -> its text, or the reason why it has none."""

import codecs
from typing import Final

from ingest.errors import Unreadable

_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_LFS_MAX_BYTES: Final = 1024
# UTF-32 before UTF-16: the little-endian marks begin alike.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes, *, max_bytes: int) -> str:
    """The text without byte order mark, line ends as they are.

    Raises:
        Unreadable: too large, binary, not in the encoding it claims, or only a pointer.
    """
    if len(content) > max_bytes:
        raise Unreadable(f"larger than {max_bytes:,} bytes (max_file_bytes)")
    if content.startswith(_LFS_POINTER) and len(content) <= _LFS_MAX_BYTES:
        raise Unreadable("a Git LFS pointer: the text itself is not in the repository")
    mark, encoding = next((m for m in _MARKS if content.startswith(m[0])), (b"", "utf-8"))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and b"\0" in content:
            raise Unreadable(_binary(content.index(b"\0"))) from error
        at = len(mark) + error.start
        raise Unreadable(f"not {encoding.upper()}: byte {at} ({error.reason})") from error
    if "\0" in text:
        raise Unreadable(_binary(text.index("\0")))
    return text


def _binary(at: int) -> str:
    return f"binary: a NUL at offset {at}"
