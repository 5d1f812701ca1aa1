"""Zip files that are the same bytes every time, and text as XML can hold it.

Word files and REFI-QDA projects are zip files with XML in them: both come through here.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Every report bears this time: the same analysis gives the same file tomorrow.
STAMP = (2020, 1, 1, 0, 0, 0)
_NOT_XML = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")


def packed(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip file of (name, content) in the order given, with one time for all."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            entry.create_system = 3  # the same on Windows
            target.writestr(entry, content)
    return out.getvalue()


def repacked(data: bytes) -> bytes:
    """The zip file with its members' times replaced by the one time."""
    with zipfile.ZipFile(BytesIO(data)) as source:
        return packed((member.filename, source.read(member)) for member in source.infolist())


def xml_text(text: str) -> str:
    """The text without what XML 1.0 cannot hold; each line end is one newline."""
    return _NOT_XML.sub("", _LINE_END.sub("\n", text))


def same_length(text: str) -> str:
    """The text with U+FFFD for each character that XML 1.0 cannot hold: offsets stay true."""
    return _NOT_XML.sub("\ufffd", re.sub("[\x0b\x0c\r\x85\u2028\u2029]", "\n", text))
