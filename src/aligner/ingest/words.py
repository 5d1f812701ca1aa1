"""The words of a page made readable: ligatures, stray characters, and hyphens at line ends.

A hyphen at a line end may belong to the word or to the line; the document's own vocabulary decides.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from aligner.ingest.page import LINE_HYPHEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*")
_LAST = re.compile(r"([^\W\d_]+)$")
_FIRST = re.compile(r"^([^\W\d_]+)")
# Two or three bytes of UTF-8 that were read as single Western characters ("politique dâ€™asile").
_MOJIBAKE = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]|\u00e2(?:\u20ac|\u0080)"
)
_SPACES = re.compile(r"\s+")
_HYPHENS = "-\u2010\u2011"
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}


class Vocabulary(NamedTuple):
    """The plain and the hyphenated words within the lines of a document, in lower case."""

    plain: frozenset[str]
    hyphenated: frozenset[str]


class _Cleaner(dict[int, str]):
    """What each character becomes, worked out once a character (str.translate asks by code)."""

    def __missing__(self, code: int) -> str:
        self[code] = result = _LIGATURES.get(code) or _kept(chr(code))
        return result


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Co":  # private use: the bullets of symbol fonts
        return "\u2022"
    if kind in {"Cs", "Cn"} or character in "\u200b\u200c\u200d\u2060\ufeff\ufffc\ufffd":
        return ""
    if kind in {"Cc", "Cf", "Zs", "Zl", "Zp"}:
        return " " if kind[0] == "Z" or character in "\t\n\r\v\f" else ""
    return character


_CLEANER = _Cleaner()
_CLEANER[0xAD] = LINE_HYPHEN


def clean(text: str) -> str:
    """The text in one line without control, private-use and invisible characters.

    A mark of a removed hyphen stays at the end and only there.
    """
    if not (text.isascii() and text.isprintable()):
        if _MOJIBAKE.search(text):
            text = _decoded(text)
        text = text.translate(_CLEANER)
        ends = text.endswith(LINE_HYPHEN)
        text = text.replace(LINE_HYPHEN, "") + (LINE_HYPHEN if ends else "")
        if "\u2022" in text[1:]:
            text = text[0] + text[1:].replace("\u2022", " \u2022 ")
    return (
        _SPACES.sub(" ", text).strip() if "  " in text or not text.isprintable() else text.strip()
    )


def _decoded(text: str) -> str:
    """The text as it was meant; ftfy is loaded for the few documents that need it (0.1 s)."""
    from ftfy import fix_encoding

    ends = text.endswith(LINE_HYPHEN)
    return fix_encoding(text.removesuffix(LINE_HYPHEN)) + (LINE_HYPHEN if ends else "")


def vocabulary(lines: Iterable[str]) -> Vocabulary:
    """The words within lines; the halves at line ends and beginnings do not vote."""
    plain: set[str] = set()
    hyphenated: set[str] = set()
    cut = False
    for line in lines:
        found = _WORD.findall(line.lower())
        cut_before, cut = cut, line.endswith((LINE_HYPHEN, "-"))
        found = found[1 if cut_before else 0 : -1 if cut else None]
        for word in found:
            (plain if word.isalnum() else hyphenated).add(word)
    parts = {part for word in hyphenated for part in re.split(f"[{_HYPHENS}]", word)}
    return Vocabulary(frozenset(plain | parts), frozenset(hyphenated))


def join(lines: Sequence[str], known: Vocabulary) -> str:
    """The lines as one text, with the hyphens at line ends kept or taken away."""
    text = ""
    for line in lines:
        if not text:
            text = line
        elif text.endswith(LINE_HYPHEN) or _broken(text, line):
            text = _mend(text[:-1], line, known)
        else:
            text = f"{text} {line}"
    return text.removesuffix(LINE_HYPHEN) + ("-" if text.endswith(LINE_HYPHEN) else "")


def _broken(text: str, line: str) -> bool:
    return text[-1] in _HYPHENS and text[-2:-1].isalpha() and line[:1].isalpha()


def _mend(left: str, right: str, known: Vocabulary) -> str:
    head, tail = _LAST.search(left), _FIRST.search(right)
    if not head or not tail:
        return f"{left}-{right}" if right[:1].isalnum() else f"{left}- {right}"
    first, second = head.group().lower(), tail.group().lower()
    if first + second in known.plain and not tail.group()[0].isupper():
        return left + right
    proper = tail.group()[0].isupper() and not head.group().isupper()
    both = first in known.plain and second in known.plain and min(len(first), len(second)) > 2
    keep = proper or f"{first}-{second}" in known.hyphenated or both
    return f"{left}-{right}" if keep else left + right
