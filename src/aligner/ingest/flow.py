"""What the formats without fixed pages share: pieces of text in reading order become blocks.

Every reader hands over drafts; marks, headings that are only bold, and contents tables are told
here once, so that the same policy gives the same blocks whichever format it is kept in.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from aligner.model import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.model import BlockKind

_BULLETS = "•●○◦▪■□➢➤►▶‣∙·✓✔❖⮚➔→⁃"
_MARK = re.compile(
    rf"(?P<bullet>[{_BULLETS}]+\s*|[-–—*]\s+)"
    r"|(?P<number>"
    r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,6})\)"
    r"|(?:\d{1,3}\.){1,6}\)?"
    r"|(?:\d{1,3}\.){1,5}\d{1,3}\)"
    r"|(?:\d{1,3}\.){1,5}\d{1,3}(?:\([a-z]{1,4}\))*(?=\s+[\"“«(]?[^\W\d_a-z])"
    r"|[A-Z]{1,3}\d{1,3}(?:\.\d{1,3})+\.?"
    r"|[A-Za-z]\.|[ivxIVX]{2,6}\."
    r"|§\s?\d{1,4}\.?"
    r")\s+"
)
_NUMBERED_HEAD = re.compile(r"((?:\d{1,3}\.)*\d{1,3}\.?|[IVXL]{1,6}\.|[A-Z]\.)\s+\S")
_PART = re.compile(
    r"(?:article|art\.|section|sec\.|chapter|part|title|annex|appendix|schedule|clause|rule"
    r"|artículo|artigo|capítulo|título|anexo|sección|chapitre|titre|partie|annexe|§)"
    r"\s?(?:\d{1,4}|[IVXL]{1,7}|[A-Z])[a-zº°]?\s?[.:]?",
    re.IGNORECASE,
)
_LEADER = re.compile(r"(?:\.{4,}|(?:\s\.){4,}|…{2,}|_{4,}|·{4,})\s*(?:\d{1,4}|[ivxl]{1,6})\s*$")
_CONTENTS = re.compile(
    r"(?:table of )?contents|list of (?:tables|figures)|table des matières|sommaire"
    r"|(?:tabla de )?contenidos?|índice(?: general)?|sumário",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
_WORDED = re.compile(r"[^\W_]")
_SPACES = re.compile(r"\s+")
# A heading that says a whole sentence is a clause set in the style of a heading.
_HEADING_WORDS = 25
_SENTENCE_WORDS = 12


class Draft(NamedTuple):
    """A piece of a document before its marks and headings are told; see Block for the fields.

    `bold`: all of it is. `contents`: it belongs to a table of contents.
    """

    text: str
    kind: BlockKind = "paragraph"
    page: int = 1
    level: int = 0
    number: str = ""
    context: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    bold: bool = False
    contents: bool = False


class _Cleaner(dict[int, str]):
    """What each character becomes, worked out once a character (str.translate asks by code)."""

    def __missing__(self, code: int) -> str:
        self[code] = result = _kept(chr(code))
        return result


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Co":  # private use: the bullets of symbol fonts
        return "•"
    if kind[0] == "Z" or character in "\t\n\r\v\f\x85":
        return " "
    # Soft hyphens, marks of direction, zero-width and control characters; U+FFFD says nothing.
    return "" if kind in {"Cc", "Cf", "Cs", "Cn"} or character in "\ufffc\ufffd" else character


_CLEANER = _Cleaner()


def clean(text: str) -> str:
    """The text in one spelling of accents, without invisible characters, with single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_CLEANER)).strip()


def split_mark(text: str) -> tuple[str, str]:
    """The mark in front of a text ("3.2.", "(a)", "•" for any bullet, or "") and the rest."""
    found = _MARK.match(text)
    if not found or found.end() >= len(text):
        return "", text
    return "•" if found["bullet"] else found["number"], text[found.end() :]


def finished(drafts: Iterable[Draft]) -> tuple[Block, ...]:
    """The blocks that the drafts come to, in their order."""
    cleaned = [draft._replace(text=clean(draft.text)) for draft in drafts]
    # Rulings drawn with dashes and hashes say nothing.
    told = _without_contents([draft for draft in cleaned if _WORDED.search(draft.text)])
    levels = [draft.level for draft in told if draft.kind == "heading"]
    below = max(levels, default=0)
    return tuple(_block(_told(draft, below=below)) for draft in told)


def _block(draft: Draft) -> Block:
    return Block(
        text=draft.text,
        kind=draft.kind,
        page=draft.page,
        level=draft.level,
        number=draft.number,
        context=tuple(draft.context),
        fields=tuple(draft.fields),
    )


def _without_contents(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts without tables of contents and their titles."""
    out = [draft.contents or _is_entry(draft) for draft in drafts]
    # From the last to the first, so that a title falls with the entries below it.
    for at in range(len(drafts) - 2, -1, -1):
        if out[at + 1] and _CONTENTS.fullmatch(drafts[at].text.strip(" :.")):
            out[at] = True
    return [draft for draft, dropped in zip(drafts, out, strict=True) if not dropped]


def _is_entry(draft: Draft) -> bool:
    # The end only: a run of a million dots would be searched from each of them.
    return draft.kind != "row" and bool(_LEADER.search(draft.text[-200:]))


def _told(draft: Draft, *, below: int) -> Draft:
    """The draft with mark and kind told from its words; `below`: the lowest true heading."""
    if draft.kind == "heading":
        return _heading(draft)
    if draft.kind != "paragraph":
        return draft
    if is_title(draft.text, bold=draft.bold):
        return _heading(draft._replace(kind="heading", level=below + _depth(draft.text)))
    number, text = split_mark(draft.text)
    return draft._replace(kind="item", number=number, text=text, level=1) if number else draft


def _heading(draft: Draft) -> Draft:
    words = len(draft.text.split())
    if words > _HEADING_WORDS or (words > _SENTENCE_WORDS and draft.text.endswith(".")):
        return _clause(draft)
    if draft.number:
        return draft._replace(text=f"{draft.number} {draft.text}")
    found = _NUMBERED_HEAD.match(draft.text)
    return draft._replace(number=found[1]) if found else draft


def _clause(draft: Draft) -> Draft:
    number, text = (draft.number, draft.text) if draft.number else split_mark(draft.text)
    if number:
        return draft._replace(kind="item", number=number, text=text, level=1)
    return draft._replace(kind="paragraph", level=0)


def _depth(text: str) -> int:
    """1, or how many numbers stand in front of a heading ("2.1" gives 2)."""
    found = _NUMBERED_HEAD.match(text)
    return max(1, len(re.findall(r"\d+", found[1]))) if found else 1


def is_title(text: str, *, bold: bool) -> bool:
    """Whether a paragraph heads what follows: short, and bold, in capitals, or "Article 5"."""
    if _PART.fullmatch(text):
        return True
    words = text.split()
    if len(words) > 20 or len(text) > 160 or text.endswith((".", ";", ",")):
        return False
    if text.endswith(":") and len(words) > 5:
        return False
    letters = _LETTER.findall(text)
    if bold:
        return len(letters) > 2
    # Words in capitals; an abbreviation alone ("IOM") is none.
    return len(letters) > 7 and len(words) <= 15 and text.isupper()


def bold_throughout(pieces: Sequence[tuple[str, bool]]) -> bool:
    """Whether all words of (text, bold) pieces are bold."""
    worded = [bold for text, bold in pieces if _LETTER.search(text)]
    return bool(worded) and all(worded)
