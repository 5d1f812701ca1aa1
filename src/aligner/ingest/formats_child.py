"""The process that reads one file that is no PDF and answers in JSON on standard output.

The file is its standard input; its argument is the name for messages. It limits its own memory and
processor time first, as that for PDFs does.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from aligner.errors import AlignerError, Broken, TooLarge
from aligner.ingest.pdf_child import CPU_SECONDS, MEMORY_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.model import Block


def main(name: str) -> int:
    """Read standard input, write the answer; the exit code is 0 even when there is no text."""
    _limit()
    # Libraries print warnings; only the answer may reach standard output.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    answer.write(json.dumps(_result(name), ensure_ascii=True).encode("ascii"))
    answer.close()
    # Leaving without clean-up saves time and cannot crash in a library's exit handlers.
    os._exit(0)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the parent remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _result(name: str) -> dict[str, Any]:
    try:
        return _read(name)
    except AlignerError as error:
        return _told(error)
    except (MemoryError, RecursionError):
        hint = "Split it, or save it as PDF, and try again."
        return _told(TooLarge(f"{name} takes more memory or time than is safe.", hint))
    except Exception:  # noqa: BLE001 - whatever a damaged file makes of a library is damage
        hint = "Open it in a word processor or browser and save it as PDF."
        return _told(Broken(f"{name} is damaged or of an odd kind.", hint))


def _told(error: AlignerError) -> dict[str, Any]:
    return {"error": error.code, "message": str(error), "hint": error.hint}


def _read(name: str) -> dict[str, Any]:
    from aligner.ingest import content
    from aligner.ingest.language import language, of_blocks

    blocks = content.read(sys.stdin.buffer.read(), name=name)
    own = language(" ".join(b.text for b in blocks[len(blocks) // 4 :][:200]))
    return {
        "title": _title(blocks),
        "language": own,
        "words": sum(len(block.text.split()) for block in blocks),
        "blocks": [
            (b.text, b.kind, b.page, b.level, b.number, b.context, b.fields, other)
            for b, other in zip(blocks, of_blocks(blocks, own), strict=True)
        ],
    }


def _title(blocks: Sequence[Block]) -> str:
    """The first heading, when it stands before the first real paragraph."""
    for block in blocks:
        if block.kind == "heading":
            return block.text
        if len(block.text.split()) > 30:
            break
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
