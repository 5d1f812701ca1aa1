"""The process that reads one PDF from its standard input and answers in JSON on standard output.

It limits its own memory and processor time first, imports little, and does the layout as well, so
that all of it runs beside the imports of the caller. pdfium reads; pdfplumber tries what pdfium
cannot, and pages whose text looks damaged. Asked for OCR it reads pictures of pages as well.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from typing import TYPE_CHECKING, Any

from aligner.ingest.engine import (
    FEW_CHARACTERS,
    OCR_VARIABLE,
    PASSWORD_VARIABLE,
    SECOND_ENGINE_VARIABLE,
    Refused,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from aligner.ingest.page import Page
    from aligner.model import Block

# No process of aligner may hold a GiB; libraries and stacks take part of it. A 5,000-page policy
# takes 25 s, a decompression bomb minutes.
MEMORY_BYTES = 900 * 1024 * 1024
CPU_SECONDS = 90
# Text recognition: 1.7 GB of addresses (0.9 GB of memory), 3 to 10 s a page.
OCR_MEMORY_BYTES = 3 * 1024 * 1024 * 1024
OCR_CPU_SECONDS = 18_000
# The second engine reads seven pages a second: no more than this of a document.
REREAD_SECONDS = 30.0
# A page of which so much is lost is as good as unread.
_LOST = 0.2


def main() -> int:
    """Read standard input, write the answer; the exit code is 0 even when there is no text."""
    _limit()
    # Libraries print warnings; only the answer may reach standard output.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        result = _read(_data(), os.environ.get(PASSWORD_VARIABLE), answer)
    except Refused as refused:
        result = {"error": refused.code}
    except (MemoryError, RecursionError):
        result = {"error": "too_large"}
    answer.write(json.dumps(result, ensure_ascii=True).encode("ascii"))
    answer.close()
    # Leaving without clean-up saves 20 ms and cannot crash in a library's exit handlers.
    os._exit(0)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the parent remains
        return
    ocr = OCR_VARIABLE in os.environ
    memory = OCR_MEMORY_BYTES if ocr else MEMORY_BYTES
    seconds = OCR_CPU_SECONDS if ocr else CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _data() -> mmap.mmap:
    # Copy on write: C code wants writable memory, the file itself is never touched.
    return mmap.mmap(0, 0, access=mmap.ACCESS_COPY)


def _read(data: mmap.mmap, password: str | None, answer: BinaryIO) -> dict[str, Any]:
    text = _pages(data, password)
    _read_again(text, data, password)
    skews = _recognise(text, data, password, answer)
    from aligner.ingest.layout import lay_out

    blocks = _askew(lay_out(text.pages), text.pages, skews)
    words = sum(len(block.text.split()) for block in blocks)
    if not words:
        raise Refused("scanned" if text.unread else "no_text")
    from aligner.ingest.language import language, of_blocks

    unread = _missing(text)
    own = language(" ".join(b.text for b in _middle(blocks)))
    return {
        "pages": text.count,
        "title": text.title,
        "language": own,
        "words": words,
        "unread": unread,
        "notes": text.notes + _unread_notes(_pictures(text)),
        "blocks": [
            (b.text, b.kind, b.page, b.level, b.boxes, b.number, b.context, b.fields, other)
            for b, other in zip(blocks, of_blocks(blocks, own), strict=True)
        ],
    }


def _read_again(text: Text, data: mmap.mmap, password: str | None) -> None:
    """Pages whose text is doubtful or missing, read by the second engine; the better is kept."""
    first = {page.number: page for page in text.pages}
    doubtful = set(text.doubtful)
    numbers = sorted(doubtful | (set(text.unread) - set(text.bare)))
    if not numbers or SECOND_ENGINE_VARIABLE in os.environ:
        return
    from aligner.ingest.engine_pdfplumber import read_some

    for page in read_some(data, password, numbers, seconds=REREAD_SECONDS):
        _choose(page, first.get(page.number), text)
    for page in text.pages:
        if page.number in doubtful:
            _keep_doubt(page, text)


def _choose(again: Page, first: Page | None, text: Text) -> None:
    """Keep the second reading of a page where it is the better one, and say so."""
    from aligner.ingest.sanity import better

    number = again.number
    if number in text.unread:
        if sum(len(line.text) for line in again.lines) < FEW_CHARACTERS:
            return
        text.unread.remove(number)
        text.notes = [note for note in text.notes if note[2] != number]
    elif first is None or not better(again.lines, first.lines):
        return
    what = "The first reading of this page was damaged; the words of a second reader are used."
    text.note("page_reread", what, number)
    text.replace(again)


def _keep_doubt(page: Page, text: Text) -> None:
    """A note on a page that no engine reads well; when little of it is sound, it is unread."""
    from aligner.ingest.sanity import faults, suspicious

    if not suspicious(page.lines):
        return
    if faults("\n".join(line.text for line in page.lines)) > _LOST:
        text.unread = sorted({*text.unread, page.number})
    what = "Words on this page run together or have lost characters: evidence may be missed."
    text.note("page_doubtful", what, page.number)


def _recognise(
    text: Text, data: mmap.mmap, password: str | None, answer: BinaryIO
) -> dict[int, float]:
    """Read the unread pages from their pictures when asked to; gives the skew of each page."""
    engine = os.environ.get(OCR_VARIABLE)
    if not engine or not text.unread:
        return {}
    from aligner.ingest import ocr
    from aligner.ingest.picture import grey

    numbers = text.unread[: ocr.MOST_PAGES]

    def told(number: int) -> None:
        progress = {"page": number, "done": numbers.index(number), "of": len(numbers)}
        answer.write(json.dumps(progress).encode("ascii") + b"\n")
        answer.flush()

    read = ocr.recognise(grey(data, password, numbers), engine=engine, told=told)
    for one in read:
        text.replace(one.page)
        text.unread.remove(one.page.number)
    done = {one.page.number for one in read}
    text.notes = [note for note in text.notes if note[2] not in done]
    text.notes += _ocr_notes([one.page.number for one in read if one.page.lines], engine)
    return {one.page.number: one.skew for one in read}


def _ocr_notes(numbers: list[int], engine: str) -> list[tuple[str, str, int | None]]:
    if not numbers:
        return []
    from aligner.ingest.ocr import described

    shown = _ranges(numbers)
    what = f"Read by text recognition ({described(engine)}), which errs: check quotations. {shown}"
    return [("ocr", what, numbers[0] if len(numbers) == 1 else None)]


def _ranges(numbers: list[int]) -> str:
    """Page numbers as people write them: Pages: 1-3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "Pages: " + ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs) + "."


def _askew(blocks: list[Block], pages: list[Page], skews: dict[int, float]) -> list[Block]:
    """The blocks with boxes that lie where the scan shows the words."""
    if not any(skews.values()):
        return blocks
    from dataclasses import replace

    from aligner.ingest.ocr import turned_back

    by_number = {page.number: page for page in pages}
    return [
        replace(
            block,
            boxes=tuple(
                (box[0], *turned_back(box[1:], by_number[box[0]], skews.get(box[0], 0.0)))
                for box in block.boxes
            ),
        )
        for block in blocks
    ]


def _missing(text: Text) -> list[int]:
    """The unread pages without a picture on the cover or the back of a longer document."""
    covers = {1, text.count} if text.count >= 8 else set()
    return [page for page in text.unread if page not in covers]


def _middle(blocks: list[Any]) -> list[Any]:
    """Blocks from a quarter of the way in: covers and abstracts may be in other languages."""
    return blocks[len(blocks) // 4 :][:200]


def _pages(data: mmap.mmap, password: str | None) -> Text:
    """What pdfium reads, or what pdfplumber reads where pdfium reads nothing."""
    refusals = []
    engines = (_pdfium, _pdfplumber)
    for engine in engines[SECOND_ENGINE_VARIABLE in os.environ :]:
        try:
            text = engine()(data, password)
        except Refused as refused:
            if refused.code in {"encrypted", "too_many_pages", "too_large"}:
                raise
            refusals.append(refused)
            continue
        if text.unread or any(page.lines for page in text.pages):
            return text
        refusals.append(Refused("no_text" if text.count else "no_pages"))
    raise refusals[0]


def _pdfium() -> Callable[[mmap.mmap, str | None], Text]:
    from aligner.ingest.engine_pdfium import read

    return read


def _pdfplumber() -> Callable[[mmap.mmap, str | None], Text]:
    from aligner.ingest.engine_pdfplumber import read

    return read


def _pictures(text: Text) -> list[int]:
    """The unread pages of which no other note says why."""
    told = {page for code, _, page in text.notes if code in {"page_doubtful", "page_broken"}}
    return [page for page in text.unread if page not in told]


def _unread_notes(unread: list[int]) -> list[tuple[str, str, int | None]]:
    what = "This page shows a picture and no text; it was not read. Run text recognition (OCR)."
    return [("page_unread", what, page) for page in unread]


if __name__ == "__main__":
    sys.exit(main())
