"""A second process for a long document: pdfium uses one core, laptops have more.

Both take pages from one queue, a pipe, until none are left, so that neither waits long for the
other. What the second read comes back over another pipe; when it dies the first reads its pages, so
that nothing is lost but time. Where there is no fork (Windows) there is no second process.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from aligner.ingest.engine import Text
from aligner.ingest.page import Line, Page, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A judgement: 400 pages are read in 0.75 s instead of 1.3 s, a short policy gains nothing.
LONG = 60
# Pages that are taken at a time: a table may take thirty times as long as a page of text.
_CHUNK = 8


def shared(job: Callable[[Iterable[int]], Text], *, pages: int) -> Text:
    """The Text of the pages 1 to `pages`, read by two processes where that is worth while."""
    if pages < LONG or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return job(range(1, pages + 1))
    queue = _queue(pages)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(job, queue, writer)
    os.close(writer)
    text = job(_taken(queue, pages))
    os.close(queue)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if answer:
        text.extend(_decoded(answer))
    _complete(text, job, pages)
    return text


def _queue(pages: int) -> int:
    """The reading end of a pipe that holds the numbers of all chunks, two bytes each."""
    reader, writer = os.pipe()
    for chunk in range((pages + _CHUNK - 1) // _CHUNK):
        os.write(writer, chunk.to_bytes(2, "big"))
    os.close(writer)
    return reader


def _taken(queue: int, pages: int) -> Iterator[int]:
    """The page numbers of one chunk after the other, until the queue is empty."""
    while token := os.read(queue, 2):
        first = int.from_bytes(token, "big") * _CHUNK
        yield from range(first + 1, min(first + _CHUNK, pages) + 1)


def _complete(text: Text, job: Callable[[Iterable[int]], Text], pages: int) -> None:
    """Read what the second process took and did not give back; put all in the order of pages."""
    there = {page.number for page in text.pages} | set(text.unread)
    missing = [number for number in range(1, pages + 1) if number not in there]
    if missing:
        text.extend(job(missing))
    text.sort()


def _answer(job: Callable[[Iterable[int]], Text], queue: int, writer: int) -> None:
    """Does its share, writes it whole and ends the process; on any trouble it writes nothing."""
    with suppress(BaseException):
        text = job(_taken(queue, 1 << 20))
        data = _encoded(text)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    os._exit(0)


def _encoded(text: Text) -> bytes:
    """The pages as plain tuples; marshal is safe between a process and its own fork, and quick."""
    pages = [
        (page[:3], list(map(tuple, page.lines)), list(map(tuple, page.rules)), page.picture)
        for page in text.pages
    ]
    return marshal.dumps(
        (text.count, pages, text.unread, text.notes, text.characters, text.doubtful, text.bare)
    )


def _decoded(answer: bytes) -> Text:
    # What comes through the pipe was written by this program a moment ago.
    count, pages, unread, notes, characters, doubtful, bare = marshal.loads(answer)  # noqa: S302
    return Text(
        count=count,
        pages=[
            Page(a, b, c, tuple(Line(*one) for one in lines), tuple(Rule(*one) for one in rules), d)
            for (a, b, c), lines, rules, d in pages
        ],
        unread=unread,
        notes=notes,
        characters=characters,
        doubtful=doubtful,
        bare=bare,
    )
