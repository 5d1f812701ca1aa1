"""The process that reads one PDF from its standard input and answers in JSON on standard output.

It limits its own memory and processor time first, imports little, and does the layout as well, so
that all of it runs beside the imports of the caller. pdfium reads; pdfplumber tries what pdfium
cannot.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from typing import TYPE_CHECKING, Any

from aligner.ingest.engine import PASSWORD_VARIABLE, Refused, Text

if TYPE_CHECKING:
    from collections.abc import Callable

# No process of aligner may hold a GiB; libraries and stacks take part of it. A 5,000-page policy
# takes 25 s, a decompression bomb minutes.
MEMORY_BYTES = 900 * 1024 * 1024
CPU_SECONDS = 90


def main() -> int:
    """Read standard input, write the answer; the exit code is 0 even when there is no text."""
    _limit()
    # Libraries print warnings; only the answer may reach standard output.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        result = _read(_data(), os.environ.get(PASSWORD_VARIABLE))
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
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _data() -> mmap.mmap:
    # Copy on write: C code wants writable memory, the file itself is never touched.
    return mmap.mmap(0, 0, access=mmap.ACCESS_COPY)


def _read(data: mmap.mmap, password: str | None) -> dict[str, Any]:
    text = _pages(data, password)
    from aligner.ingest.layout import lay_out

    blocks = lay_out(text.pages)
    words = sum(len(block.text.split()) for block in blocks)
    if not words:
        raise Refused("scanned" if text.unread else "no_text")
    from aligner.ingest.language import language

    unread = _missing(text)
    return {
        "pages": text.count,
        "title": text.title,
        "language": language(" ".join(b.text for b in _middle(blocks))),
        "words": words,
        "unread": unread,
        "notes": text.notes + _unread_notes(text.unread),
        "blocks": [
            (b.text, b.kind, b.page, b.level, b.boxes, b.number, b.context, b.fields)
            for b in blocks
        ],
    }


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
    for engine in (_pdfium, _pdfplumber):
        try:
            text = engine()(data, password)
        except Refused as refused:
            if refused.code in {"encrypted", "too_many_pages", "too_large"}:
                raise
            refusals.append(refused)
            continue
        if any(page.lines for page in text.pages):
            return text
        if text.unread:  # pictures of pages: no other engine will see words
            raise Refused("scanned")
        refusals.append(Refused("no_text" if text.count else "no_pages"))
    raise refusals[0]


def _pdfium() -> Callable[[mmap.mmap, str | None], Text]:
    from aligner.ingest.engine_pdfium import read

    return read


def _pdfplumber() -> Callable[[mmap.mmap, str | None], Text]:
    from aligner.ingest.engine_pdfplumber import read

    return read


def _unread_notes(unread: list[int]) -> list[tuple[str, str, int]]:
    what = "This page shows a picture and no text; it was not read. Run text recognition (OCR)."
    return [("page_unread", what, page) for page in unread]


if __name__ == "__main__":
    sys.exit(main())
