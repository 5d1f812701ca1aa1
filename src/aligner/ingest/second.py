"""A second process for the second half of a long document: pdfium uses one core, laptops have more.

The half comes back as JSON over a pipe. When the second process dies the first does the work
itself, so that nothing is lost but time. Where there is no fork (Windows) there is no second
process.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from aligner.ingest.engine import Text
from aligner.ingest.page import Line, Page, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

# A judgement: 400 pages are read in 0.75 s instead of 1.3 s, a short policy gains nothing.
LONG = 60


def begin(job: Callable[[], Text], *, pages: int) -> Callable[[], Text]:
    """Start the job beside; what comes back waits for its Text, or does the job here."""
    if pages < LONG or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return job
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(job, writer)
    os.close(writer)

    def wait() -> Text:
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        return _decoded(answer) if answer else job()

    return wait


def _answer(job: Callable[[], Text], writer: int) -> None:
    """Does the job, writes it whole and ends the process; on any trouble it writes nothing."""
    try:
        data = _encoded(job())
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    finally:
        os._exit(0)


def _encoded(text: Text) -> bytes:
    fields = (text.count, text.title, text.pages, text.unread, text.notes, text.characters)
    return json.dumps(fields).encode("ascii")


def _decoded(answer: bytes) -> Text:
    count, title, pages, unread, notes, characters = json.loads(answer)
    return Text(
        count=count,
        title=title,
        pages=[_page(*page) for page in pages],
        unread=unread,
        notes=[(code, message, page) for code, message, page in notes],
        characters=characters,
    )


def _page(
    number: int,
    width: float,
    height: float,
    lines: list[list[object]],
    rules: list[list[float]],
    picture: bool,  # noqa: FBT001
) -> Page:
    return Page(
        number,
        width,
        height,
        tuple(Line(*line) for line in lines),  # type: ignore[arg-type]
        tuple(Rule(*rule) for rule in rules),
        picture,
    )
