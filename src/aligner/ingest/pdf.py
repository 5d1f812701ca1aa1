"""The parent's side of reading a PDF: it starts and ends the process that reads.

pdfium aborts its process when memory runs out (a file of 590 bytes does it) and crashes in
threads, so it never runs here. The child gets the open file as its standard input and answers in
JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from aligner.errors import Broken, Encrypted, InputError, NoText, TooLarge
from aligner.ingest.engine import OCR_VARIABLE, PASSWORD_VARIABLE, SECOND_ENGINE_VARIABLE
from aligner.model import Block, Document, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The wall clock misfires on a busy machine: the processor time that the child allows itself stops a
# runaway; this is only the net below.
WALL_SECONDS = 600
# The child maps the file into its 900 MiB.
LARGEST_FILE = 400 * 1024 * 1024

_AGAIN = "Download or copy the file again, or open it in a PDF viewer and print it to a new PDF."
_SPLIT = "Split it, or print it to a new PDF, and try again."
_OCR = (
    'Install text recognition (pip install "aligner[ocr]") and run again, or run an OCR program '
    "over it and save the result as PDF."
)
_ERRORS: Mapping[str, tuple[type[InputError], str, str]] = {
    "encrypted": (
        Encrypted,
        "needs a password",
        "Give it with --password or in the variable ALIGNER_PASSWORD, or save a copy without.",
    ),
    "broken": (Broken, "is damaged or was cut off", _AGAIN),
    "no_pages": (NoText, "has no pages", _AGAIN),
    "scanned": (
        NoText,
        "holds pictures of pages but no text",
        _OCR,
    ),
    "ocr_failed": (
        NoText,
        "holds pictures of pages, and text recognition failed on them",
        "Run another OCR program over it and save the result as PDF.",
    ),
    "no_text": (NoText, "holds no text", "Check that it is the right file."),
    "too_many_pages": (TooLarge, "has more than 5,000 pages", "Split it into volumes."),
    "too_large": (TooLarge, "takes more memory or time than is safe", _SPLIT),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A policy that is being read: `finish()` waits for the Document, `cancel()` stops the work.

    `again` starts another child with further variables in its environment; `ocr` is the engine for
    pages that are pictures, "" for none.
    """

    name: str
    sha256: str
    size: int
    process: subprocess.Popen[bytes]
    again: Callable[[dict[str, str]], subprocess.Popen[bytes]] | None = None
    source: BinaryIO | None = None
    ocr: str = ""

    def finish(self, announce: Callable[[str], None] = lambda _: None) -> Document:
        """The Document, or the InputError that says why there is none.

        `announce` is told which scanned page is being read.
        """
        try:
            result = _answer(self.process)
            if result.get("error") in {"crashed", "out_of_memory"}:
                result = _second_engine(self, result["error"])
            if self.ocr and _has_pictures(result):
                result = _recognised(self, result, announce)
        finally:
            self.cancel()
        if "error" in result:
            _fail(result["error"], self.name)
        return _document(result, self)

    def _once_more(
        self, variables: dict[str, str], announce: Callable[[str], None] = lambda _: None
    ) -> dict[str, Any]:
        if self.again is None:
            return {"error": "broken"}
        reading = replace(self, process=self.again(variables), source=None)
        try:
            return _answer(reading.process, lambda step: announce(_step(step, self.name)))
        finally:
            reading.cancel()

    def cancel(self) -> None:
        """End the child and whatever it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                _kill(self.process)
        self.process.wait()
        for stream in (self.process.stdout, self.source):
            if stream:
                stream.close()


def start(file: BinaryIO, *, name: str, password: str | None = None, ocr: str = "off") -> Reading:
    """Start the child that reads an open PDF file.

    `ocr`: auto (where rapidocr is installed), off, rapidocr or tesseract.

    Raises:
        TooLarge: the file has more than 400 MB.
    """
    size = os.fstat(file.fileno()).st_size
    if size > LARGEST_FILE:
        raise TooLarge(f"{name} has more than 400 MB.", _SPLIT)
    source = os.fdopen(os.dup(file.fileno()), "rb")

    def again(variables: dict[str, str]) -> subprocess.Popen[bytes]:
        return _spawn(source, password, variables)

    return Reading(
        name=name,
        sha256=_sha256(file),
        size=size,
        process=_spawn(file, password, {}),
        again=again,
        source=source,
        ocr=_engine(ocr),
    )


def _engine(choice: str) -> str:
    if choice == "auto":
        installed = find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
        return "rapidocr" if installed else ""
    return "" if choice == "off" else choice


def _has_pictures(result: dict[str, Any]) -> bool:
    return bool(result.get("unread")) or result.get("error") == "scanned"


def _second_engine(reading: Reading, death: str) -> dict[str, Any]:
    """The reading of pdfplumber where pdfium took its process down."""
    result = reading._once_more({SECOND_ENGINE_VARIABLE: "1"})
    if "error" in result:
        return {"error": "too_large" if death == "out_of_memory" else "broken"}
    return {**result, "notes": [*_crash_notes(), *result["notes"]]}


def _recognised(
    reading: Reading, result: dict[str, Any], announce: Callable[[str], None]
) -> dict[str, Any]:
    """The reading with OCR; the one without it, and a note, when OCR fails."""
    second = reading._once_more({OCR_VARIABLE: reading.ocr}, announce)
    if "error" not in second or second["error"] in {"scanned", "no_text"}:
        return second
    if "error" in result:
        return {"error": "ocr_failed"}
    return {**result, "notes": [*result["notes"], *_failed_notes()]}


def _crash_notes() -> list[tuple[str, str, None]]:
    what = "The first reader crashed on this file; the words of a second, slower one are used."
    return [("second_reader", what, None)]


def _failed_notes() -> list[tuple[str, str, None]]:
    what = "Text recognition failed; pages that are pictures stay unread."
    return [("ocr_failed", what, None)]


def _step(step: dict[str, int], name: str) -> str:
    return f"Reading scanned page {step['page']} of {name} ({step['done'] + 1} of {step['of']})"


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _spawn(
    file: BinaryIO, password: str | None, variables: dict[str, str]
) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    if password is not None:
        environment[PASSWORD_VARIABLE] = password
    # -P: a file named like one of our modules in the current folder must not be imported.
    command = [sys.executable, "-P", "-m", "aligner.ingest.pdf_child"]
    return subprocess.Popen(
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows has no process groups to kill
        process.kill()


def _answer(
    process: subprocess.Popen[bytes], told: Callable[[dict[str, int]], None] = lambda _: None
) -> dict[str, Any]:
    """The last line of what the child writes, {"error": code} when it dies; `told` the others."""
    timer = _alarm(process)
    last: dict[str, Any] = {}
    try:
        for line in process.stdout or ():
            last = json.loads(line)
            if "done" in last:
                timer.cancel()
                timer = _alarm(process)  # each scanned page has its own time
                told(last)
    except ValueError:
        last = {}
    finally:
        timer.cancel()
    code = process.wait()
    if code:
        return {"error": _death(code)}
    return last or {"error": "broken"}


def _alarm(process: subprocess.Popen[bytes]) -> threading.Timer:
    def end() -> None:
        with suppress(ProcessLookupError, PermissionError):
            _kill(process)

    timer = threading.Timer(WALL_SECONDS, end)
    timer.daemon = True
    timer.start()
    return timer


def _death(code: int) -> str:
    """Why a child died: out of time, crashed in the engine, or out of memory (SIGABRT)."""
    if code == 1 or code in {-signal.SIGSEGV, -getattr(signal, "SIGBUS", 7)}:
        return "broken" if code == 1 else "crashed"
    return "out_of_memory" if code == -signal.SIGABRT else "too_large"


def _fail(code: str, name: str) -> NoReturn:
    kind, what, hint = _ERRORS.get(code, _ERRORS["broken"])
    raise kind(f"{name} {what}.", hint) from None


def _document(result: dict[str, Any], reading: Reading) -> Document:
    unread = tuple(result["unread"])
    notes = tuple(Note(code, message, page) for code, message, page in result["notes"])
    return Document(
        name=reading.name,
        sha256=reading.sha256,
        title=result["title"],
        language=result["language"],
        pages=result["pages"],
        status="partial" if unread or any(n.code == "text_cut" for n in notes) else "ok",
        blocks=tuple(_block(values) for values in result["blocks"]),
        notes=notes,
        unread_pages=unread,
        words=result["words"],
    )


def _block(values: list[Any]) -> Block:
    """A block from its values in the order of the fields, as the child writes them."""
    text, kind, page, level, boxes, number, context, fields, language = values
    return Block(
        text=text,
        kind=kind,
        page=page,
        level=level,
        boxes=tuple((int(b[0]), b[1], b[2], b[3], b[4]) for b in boxes),
        number=number,
        context=tuple(context),
        fields=tuple((head, cell) for head, cell in fields),
        language=language,
    )
