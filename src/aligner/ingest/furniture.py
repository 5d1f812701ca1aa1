"""What is not text of the policy: running heads and feet, page numbers, contents pages."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.ingest.page import Line, Page

# A running head stood on 137 of 142 pages of one report; those of a chapter stand on three or more.
_LEAST_REPEATS = 3
_MARGIN = 0.13
_DIGITS = re.compile(r"\d+|\b[ivxl]+\b")
_LETTERS = re.compile(r"[^\W\d_]")
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|p\.|página|pág\.|seite)\s*)?[-–—|\[(\s]*(?:\d{1,4}|[ivxlc]{1,7})[-–—|\])\s]*"
    r"(?:(?:/|of|de|sur|von|\|)\s*(?:page\s*)?\d{1,4}|page|\|)?[\s|]*",
    re.IGNORECASE,
)
_LEADER = re.compile(r"(?:\.{4,}|(?:\s\.){4,}|…{2,}|_{4,}|·{4,})\s*(?:\d{1,4}|[ivxl]{1,6})?\s*$")
_NUMBERED = re.compile(r"\S.*\s(?:\d{1,3}|[ivxl]{1,6})$")
_CONTENTS = re.compile(
    r"(?:table of )?contents|contents? page|list of (?:tables|figures).*"
    r"|table des matières|sommaire"
    r"|(?:tabla de )?contenidos?|índice(?: general)?|sumário",
    re.IGNORECASE,
)


def running(pages: Sequence[Page], texts: Sequence[Sequence[Line]]) -> list[set[int]]:
    """For each page the places (in `texts`) of running heads, running feet and page numbers."""
    keys = [[_key(page, line) for line in lines] for page, lines in zip(pages, texts, strict=True)]
    seen = Counter(key for page in keys for key in sorted({k for k in page if k}))
    frequent = {key for key in tuple(seen) if _near(seen, key) >= _LEAST_REPEATS}
    result = []
    for page, lines, own in zip(pages, texts, keys, strict=True):
        places = {i for i, key in enumerate(own) if key in frequent}
        result.append(places | _page_numbers(page, lines, places))
    return result


def _key(page: Page, line: Line) -> tuple[str, int] | None:
    """What a line in the margin says, digits apart, and how high it stands; else None."""
    if line.turn == 0 and _MARGIN * page.height < line.y0 < (1 - _MARGIN) * page.height:
        return None
    if (
        len(line.text) < 8 and len(_LETTERS.findall(line.text)) < 3
    ):  # a clause number at the top of many pages is no head
        return None
    y = line.y0 if line.y0 < page.height / 2 else line.y0 - page.height
    return _DIGITS.sub("#", line.text.lower()), round(y / 6)


def _near(seen: Counter[tuple[str, int]], key: tuple[str, int]) -> int:
    text, y = key
    return seen[(text, y - 1)] + seen[key] + seen[(text, y + 1)]


def _page_numbers(page: Page, lines: Sequence[Line], known: set[int]) -> set[int]:
    """A number that stands outermost on its page, above or below everything else."""
    others = [i for i in range(len(lines)) if i not in known]
    result = set()
    for step in (min, max):
        if not others:
            break
        edge = step(lines[i].y0 for i in others)
        outer = abs(edge / page.height - 0.5) > 0.5 - _MARGIN
        for i in others:
            level = abs(lines[i].y0 - edge) < 4
            if outer and level and _PAGE_NUMBER.fullmatch(lines[i].text.strip()):
                result.add(i)
    return result


def contents(texts: Sequence[str]) -> set[int]:
    """The places of the lines of a page that belong to a table of contents."""
    marked = [i for i, text in enumerate(texts) if _LEADER.search(text)]
    heads = [i for i, text in enumerate(texts) if _CONTENTS.fullmatch(text.strip(" :.")) and i < 12]
    numbered = [i for i, text in enumerate(texts) if len(text) < 140 and _NUMBERED.match(text)]
    if len(marked) < 3:
        if not heads or len(numbered) < max(3, 0.4 * (len(texts) - heads[0])):
            # The bare word heads nothing: what follows on the next page is not its section.
            return set(heads)
        marked = numbered
    first, last = min(marked), max(marked)
    if heads:
        first = min(first, *heads)
    # The wrapped beginnings of entries stand between those that end in a number.
    dense = len(marked) >= 0.3 * (last - first + 1)
    return set(range(first, last + 1)) if dense else set(marked)
