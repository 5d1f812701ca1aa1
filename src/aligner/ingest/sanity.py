"""Whether the text of a page can be what stands there: glued words and lost characters show.

A page that fails is read again by the other engine, and the better reading is kept. Pure functions.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.ingest.page import Line

# The longest ordinary words have 20 letters; addresses of web pages are no words.
_LONGEST_WORD = 25
_LONG = re.compile(rf"[^\W\d_]{{{_LONGEST_WORD + 1},}}")
_ADDRESS = re.compile(r"\S*(?:://|www\.|@|\.\w+/)\S*")
_NO_VALUE = re.compile(r"\(cid:\d+\)")
# A heading, a label: too little to judge.
_FEW = 150
# Measured on 430 sound pages: at most 0.008 of the characters are lost or stand in glued words.
_MOST_FAULTS = 0.03
# Of the characters of European prose 14 to 18 per cent are spaces; glued pages have 2 to 5.
_FEWEST_SPACES = 0.07


def suspicious(lines: Sequence[Line]) -> bool:
    """Whether the reading of a page should be doubted."""
    text = "\n".join(line.text for line in lines)
    if len(text) < _FEW:
        return False
    return faults(text) > _MOST_FAULTS or _too_dense(text)


def better(again: Sequence[Line], first: Sequence[Line]) -> bool:
    """Whether the second reading of a page has clearly fewer faults and no fewer letters."""
    new, old = ("\n".join(line.text for line in lines) for lines in (again, first))
    if _letters(new) < 0.97 * _letters(old):
        return False
    return faults(new) < 0.5 * faults(old) or (_too_dense(old) and not _too_dense(new))


def faults(text: str) -> float:
    """The share of the characters that are lost or stand in words glued together."""
    lost = sum(map(len, _NO_VALUE.findall(text))) if "(cid:" in text else 0
    if not text.isascii():
        lost += sum(text.count(c) for c in sorted(set(text)) if _is_lost(c))
    glued = 0
    # Splitting takes a tenth of the time of the pattern, and hardly a page has such a word.
    if max(map(len, text.split()), default=0) > _LONGEST_WORD:
        glued = sum(len(word) for word in _LONG.findall(_ADDRESS.sub(" ", text)) if _cased(word))
    return (lost + glued) / max(1, len(text))


def _too_dense(text: str) -> bool:
    """Hardly a space among letters; languages without capitals may be written without spaces."""
    if text.count(" ") + text.count("\n") >= _FEWEST_SPACES * len(text) or not _cased(text):
        return False
    # The dots of a contents page are no words without spaces.
    body = _ADDRESS.sub("", text)
    return len(body.split()) < _FEWEST_SPACES * _letters(body)


def _is_lost(character: str) -> bool:
    # U+FFFE is pdfium's mark of a hyphen at a line end.
    return character == "\ufffd" or (
        unicodedata.category(character) in {"Co", "Cn"} and character != "\ufffe"
    )


def _cased(text: str) -> bool:
    letters = [c for c in text[:2000] if c.isalpha()]
    return sum(c.lower() != c.upper() for c in letters) > 0.8 * len(letters)


def _letters(text: str) -> int:
    """Letters and figures; a character without a value has none."""
    return sum(map(str.isalnum, _NO_VALUE.sub("", text)))
