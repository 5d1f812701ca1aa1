"""Two processes read a long document; whatever happens to one, no page is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aligner.ingest import second
from aligner.ingest.engine import Text
from aligner.ingest.page import Line, Page, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = 200


def job(numbers: Iterable[int]) -> Text:
    """Pages that say their number; every seventh is unread, every tenth noted."""
    text = Text(count=PAGES)
    for number in numbers:
        if number > PAGES:
            break
        line = Line(1.0, 2.0, 3.0, 4.0, 9.0, f"page {number}", bold=number % 2 == 0)
        page = Page(number, 595.0, 842.0, (line,), (Rule(1, 2, 3, 2),), picture=not number % 7)
        text.add(page, 6 if page.picture else 900)
        if number % 10 == 0:
            text.note("text_cut", "cut", number)
    return text


def test_two_processes_give_what_one_gives() -> None:
    """Who read a page cannot be seen in the result."""
    alone, both = job(range(1, PAGES + 1)), second.shared(job, pages=PAGES)
    assert both == alone


def test_pages_of_a_process_that_died_are_read_again() -> None:
    """A crash in the second process costs time, no page."""
    parent = os.getpid()

    def dying(numbers: Iterable[int]) -> Text:
        if os.getpid() != parent:
            next(iter(numbers))
            os._exit(9)
        return job(numbers)

    assert second.shared(dying, pages=PAGES) == job(range(1, PAGES + 1))


def test_short_documents_are_read_by_one() -> None:
    """A second process costs more than it gains on few pages."""
    parent, pids = os.getpid(), []

    def noted(numbers: Iterable[int]) -> Text:
        pids.append(os.getpid())
        return job(numbers)

    second.shared(noted, pages=second.LONG - 1)
    assert pids == [parent]
