"""The second engine: slower by forty times, but it reads some files that pdfium cannot open.

The only importer of pdfplumber. Pages are closed one by one: pdfplumber keeps every page in memory.
"""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Any

import pdfplumber

from aligner.ingest.engine import MOST_CHARACTERS_A_PAGE, MOST_PAGES, Refused, Text
from aligner.ingest.page import Line, Page, Rule

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable

_NO_VALUE = re.compile(r"\(cid:\d+\)")
Handle = Any  # a page of pdfplumber, which has no types


def read(data: mmap.mmap, password: str | None) -> Text:
    """The pages of a PDF.

    Raises:
        Refused: it cannot be opened, needs a password, has too many pages.
    """
    document = _opened(data, password)
    text = Text(count=len(document.pages))
    for page in document.pages:
        _add_page(page, text)
        page.close()
    return text


def read_some(
    data: mmap.mmap, password: str | None, numbers: Iterable[int], *, seconds: float
) -> list[Page]:
    """Some pages, as far as the seconds of processor time reach; none where all else fails."""
    try:
        document = _opened(data, password)
    except Refused:
        return []
    text = Text(count=len(document.pages))
    end = time.process_time() + seconds
    for number in numbers:
        if number > text.count or time.process_time() > end:
            break
        page = document.pages[number - 1]
        _add_page(page, text)
        page.close()
    return text.pages


def _opened(data: mmap.mmap, password: str | None) -> Handle:
    try:
        document = pdfplumber.open(io.BytesIO(data), password=password)
        count = len(document.pages)
    except MemoryError:
        raise
    # pdfminer raises bare TypeError, KeyError, struct.error and more on damaged files.
    except Exception as error:  # noqa: BLE001
        locked = "password" in f"{type(error).__name__}{error!r}{error.__cause__!r}".lower()
        raise Refused("encrypted" if locked else "broken") from None
    if count > MOST_PAGES:
        raise Refused("too_many_pages")
    return document


def _add_page(page: Handle, text: Text) -> None:
    number = int(page.page_number)
    try:
        # The default gap of 3 points glues tight print: one real article in two columns lost 3,500
        # of 7,700 spaces.
        found = page.extract_text_lines(return_chars=True, x_tolerance_ratio=0.15)
        lines = tuple(_line(line) for line in found)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above; the other pages may be whole
        text.note("page_broken", "This page is damaged and was not read.", number)
        text.unread.append(number)
        return
    characters = sum(len(line.text) for line in lines)
    if characters > MOST_CHARACTERS_A_PAGE:
        text.note("text_cut", "This page holds more text than a page can; it was left out.", number)
        lines = ()
    rules = tuple(_rule(edge) for edge in page.edges if edge["orientation"])
    picture = bool(page.images) and not lines
    text.add(Page(number, float(page.width), float(page.height), lines, rules, picture), characters)


def _line(line: dict[str, Any]) -> Line:
    chars = line["chars"]
    size = round(float(chars[0]["size"]), 2)
    bold = all("bold" in str(chars[i]["fontname"]).lower() for i in (0, -1))
    box = (round(float(line[key]), 1) for key in ("x0", "top", "x1", "bottom"))
    x0, y0, x1, y1 = box
    # A character without a Unicode value is nearly always the bullet of a symbol font.
    text = _NO_VALUE.sub("•", line["text"])
    return Line(x0, y0, x1, y1, size, text, bold)


def _rule(edge: dict[str, Any]) -> Rule:
    x0, y0, x1, y1 = (round(float(edge[key]), 1) for key in ("x0", "top", "x1", "bottom"))
    return Rule(x0, y0, x0, y1) if edge["orientation"] == "v" else Rule(x0, y0, x1, y0)
