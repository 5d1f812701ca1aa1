"""What is not text of the policy: running heads and feet, page numbers, contents pages."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from aligner.ingest.heads import column_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.ingest.page import Line, Page

# A running head stood on 137 of 142 pages of one report; those of a chapter stand on three or more.
_LEAST_REPEATS = 3
_MARGIN = 0.13
# Names of chapters in the outermost strip: on so many pages, and seldom a new one.
_EDGE = 0.075
_LEAST_SLOTS = 4
_MOST_VARIED = 0.75
# Letters as high as this across a page are a watermark when they stand there again and again.
_WATERMARK = 36.0
_STAMP = re.compile(
    r"draft|confidential|copy|specimen|restricted|not for (?:circulation|citation)|borrador"
    r"|confidencial|copia|projet|provisoire|confidentiel|copie|rascunho|minuta",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+|\b[ivxl]+\b")
_LETTERS = re.compile(r"[^\W\d_]")
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|p\.|página|pág\.|seite)\s*)?[-–—|\[(\s]*(?:\d{1,4}|[ivxlc]{1,7})[-–—|\])\s]*"
    r"(?:(?:/|of|de|sur|von|\|)\s*(?:page\s*)?\d{1,4}|page|\|)?[\s|]*",
    re.IGNORECASE,
)
_LEADER = re.compile(r"(?:\.{4,}|(?:\s\.){4,}|…{2,}|_{4,}|·{4,})\s*(?:\d{1,4}|[ivxl]{1,6})?\s*$")
_DOTS = ("....", ". .", "……", "____", "····")
_LAST = tuple("0123456789ivxl")
_TITLE = re.compile(
    r"(?:part|chapter|section|annexe?|appendix|partie|chapitre|parte|capítulo|título|titre|anexo)\s"
    r"(?:\d{1,2}|[ivxl]{1,6}|[a-z])\b(?!.*\b(?:page|página|p\.)\b)",
    re.IGNORECASE,
)
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
    inside = _inside(pages, texts, {text for text, _ in frequent})
    # "Strategic objective" heads pages by chance when it stands in the middle of others.
    frequent -= {key for key in frequent if 2 * inside[key[0]] >= _near(seen, key)}
    frequent -= _parts(pages, texts, keys)
    slots = _slots(pages, texts)
    result = []
    for page, lines, own in zip(pages, texts, keys, strict=True):
        places = {i for i, key in enumerate(own) if key in frequent}
        places |= {i for i, line in enumerate(lines) if _slot(page, line) in slots}
        places -= _heads_of_columns(lines, places)
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


def _inside(
    pages: Sequence[Page], texts: Sequence[Sequence[Line]], wanted: set[str]
) -> Counter[str]:
    """How often each of some texts stands in the middle of a page."""
    return Counter(
        text
        for page, lines in zip(pages, texts, strict=True)
        for line in lines
        if line.turn == 0
        and _MARGIN * page.height < line.y0 < (1 - _MARGIN) * page.height
        and (text := _DIGITS.sub("#", line.text.lower())) in wanted
    )


def _parts(
    pages: Sequence[Page],
    texts: Sequence[Sequence[Line]],
    keys: Sequence[Sequence[tuple[str, int] | None]],
) -> set[tuple[str, int]]:
    """Keys of the titles of parts ("PART III"): each stands once, and they do not count pages."""
    held: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for page, lines, own in zip(pages, texts, keys, strict=True):
        for line, key in zip(lines, own, strict=True):
            if key and _TITLE.match(line.text):
                held.setdefault(key, []).append((line.text, page.number))
    return {key for key, own in held.items() if len({text for text, _ in own}) == len(own)}


def without_watermarks(texts: Sequence[list[Line]]) -> list[list[Line]]:
    """The lines of each page without the large letters that stand on page after page."""
    seen = Counter(line.text for lines in texts for line in lines if line.size >= _WATERMARK)
    marks = {text for text, count in seen.items() if count >= _LEAST_REPEATS}
    marks |= {text for text in seen if _STAMP.fullmatch(text.strip())}
    if not marks:
        return list(texts)
    return [
        [line for line in lines if line.size < _WATERMARK or line.text not in marks]
        for lines in texts
    ]


def _heads_of_columns(lines: Sequence[Line], places: set[int]) -> set[int]:
    """Those of the places where four pieces, or known column heads, stand side by side.

    A table without rulings repeats its heads on each page as a running head does.
    """
    levels: dict[float, list[int]] = {}
    for i in sorted(places):
        levels.setdefault(lines[i].y1, []).append(i)
    return {
        i
        for own in levels.values()
        if len(own) > 3 or (len(own) == 3 and _named(lines[i].text for i in own) > 1)
        for i in own
    }


def _named(texts: Iterable[str]) -> int:
    return sum(bool(column_name(text)) for text in texts)


def _slots(pages: Sequence[Page], texts: Sequence[Sequence[Line]]) -> set[tuple[int, float]]:
    """Heights at the edge of the page that hold the name of the chapter.

    It changes too often to be told by its words, but says the same on neighbouring pages; the first
    lines of a text never do.
    """
    held: dict[tuple[int, float], list[str]] = {}
    heights: Counter[int] = Counter()
    for page, lines in zip(pages, texts, strict=True):
        for line in lines:
            slot = _slot(page, line)
            if slot is not None:
                titled = _TITLE.match(line.text)
                said = line.text if titled else _DIGITS.sub("#", line.text.lower())
                held.setdefault(slot, []).append(said)
                heights[slot[0]] += 1
    return {
        slot
        for slot, own in held.items()
        if len(own) >= _LEAST_SLOTS
        and len(set(own)) <= _MOST_VARIED * len(own)
        # Where text in other sizes begins as high, these are headings at the top of a page.
        and 2 * len(own) > heights[slot[0] - 1] + heights[slot[0]] + heights[slot[0] + 1]
    }


def _slot(page: Page, line: Line) -> tuple[int, float] | None:
    """The height and type size of a line at the very edge of the page; else None."""
    if line.y0 < _EDGE * page.height:
        return round(line.y0 / 3), round(line.size, 1)
    if line.y1 > (1 - _EDGE) * page.height:
        return round((line.y0 - page.height) / 3), round(line.size, 1)
    return None


def _near(seen: Counter[tuple[str, int]], key: tuple[str, int]) -> int:
    text, y = key
    return seen[(text, y - 1)] + seen[key] + seen[(text, y + 1)]


def _page_numbers(page: Page, lines: Sequence[Line], known: set[int]) -> set[int]:
    """A number that stands outermost on its page, above or below everything else."""
    others = [i for i in range(len(lines)) if i not in known]
    result: set[int] = set()
    for step in (min, max):
        if not others:
            break
        edge = step(lines[i].y0 for i in others)
        outer = abs(edge / page.height - 0.5) > 0.5 - _MARGIN
        level = [i for i in others if outer and abs(lines[i].y0 - edge) < 4]
        numbers = {i for i in level if _PAGE_NUMBER.fullmatch(lines[i].text.strip())}
        # Small ones mark the note beside them; three side by side are the row of a table.
        largest = max((lines[i].size for i in level), default=0.0)
        numbers = {i for i in numbers if lines[i].size > 0.75 * largest}
        result |= numbers if len(numbers) < 3 else set()
    return result


def _has_leader(text: str) -> bool:
    # Looking for the characters first takes a tenth of the time of the pattern.
    return any(dots in text for dots in _DOTS) and bool(_LEADER.search(text))


def contents(texts: Sequence[str]) -> set[int]:
    """The places of the lines of a page that belong to a table of contents."""
    marked = [i for i, text in enumerate(texts) if _has_leader(text)]
    heads = [i for i, text in enumerate(texts[:12]) if _CONTENTS.fullmatch(text.strip(" :."))]
    numbered = [
        i
        for i, text in enumerate(texts)
        if text[-1:] in _LAST and len(text) < 140 and _NUMBERED.match(text)
    ]
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
