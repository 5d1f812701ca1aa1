"""What a file that is no PDF is, told by its content, and the reader for it.

The names of files lie: a web page saved as policy.pdf is mostly the page of an error, so that it is
refused with a hint where anything else of that name is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aligner.errors import Broken, NoText, Unsupported
from aligner.ingest.archive import Archive, locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from aligner.model import Block

    Reader = Callable[..., tuple[Block, ...]]

PDF_HINT = "Save it as PDF (File, Save as, PDF) and try again."
_OCR = "Run text recognition (OCR) over it and save the result as PDF."
_UNPACK = "Unpack it and name the policy that is in it."
_KNOWN = (
    (b"{\\rtf", "a rich text file", "Open it in a word processor and save it as .docx or PDF."),
    (b"\x89PNG", "a picture", _OCR),
    (b"\xff\xd8\xff", "a picture", _OCR),
    (b"GIF8", "a picture", _OCR),
    (b"II*\0", "a picture", _OCR),
    (b"MM\0*", "a picture", _OCR),
    (b"BM", "a picture", _OCR),
    (b"Rar!", "a packed archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a packed archive", _UNPACK),
    (b"\x1f\x8b", "a packed archive", _UNPACK),
    (b"%!PS", "a PostScript file", "Convert it to PDF and try again."),
)
_OLE = b"\xd0\xcf\x11\xe0"
_PACKAGES = (
    (b"wordprocessingml", "docx", ""),
    (b"spreadsheetml", "", "an Excel workbook"),
    (b"presentationml", "", "a PowerPoint presentation"),
    (b"application/vnd.ms-word", "docx", ""),
)
_MIMETYPES = (
    (b"application/vnd.oasis.opendocument.text", "odt", ""),
    (b"application/vnd.oasis.opendocument.spreadsheet", "", "a spreadsheet (ODS)"),
    (b"application/vnd.oasis.opendocument.presentation", "", "a presentation (ODP)"),
    (b"application/epub", "", "an e-book (EPUB)"),
)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_MARKUP = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:p|div|h[1-6]|table|ul|ol|meta|title|article|section|main|br|span|center"
    r"|font)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(
    r"^#{1,6}[ \t]+\S|\A---[ \t]*\n(?:[\w-]+:|\s)|^\|?[ \t]*:?-{3,}:?[ \t]*\|"
    r"|\*\*[^\s*][^*\n]*(?:\n[^*\n]+)?\*\*|\[[^\]\n]+\]\(\S+\)|^\[\^\S+\]:|^>[ \t]\S",
    re.MULTILINE,
)
_HEAD = 1024
_SAMPLE = 1 << 16


class Content(NamedTuple):
    """The format of a file ("docx", "odt", "html", "markdown", "text") and how to call it."""

    format: str
    what: str


def read(data: bytes, *, name: str) -> tuple[Block, ...]:
    """The blocks of a file that is no PDF.

    Raises:
        InputError: it is of a kind that is not read, damaged, encrypted, empty or too large.
    """
    found = recognise(data, name=name)
    if name.lower().endswith(".pdf") and found.format in {"html", "markdown", "text"}:
        raise _misnamed(found, name)
    blocks = _reader(found.format)(data, name=name)
    if not any(block.text for block in blocks):
        raise NoText(f"{name} holds no text.", "Check that it is the right file.")
    return blocks


def recognise(data: bytes, *, name: str) -> Content:
    """What the file is, by its first bytes, the members of a zip file, or its text.

    Raises:
        InputError: it is of a kind that aligner does not read.
    """
    head = data[:_HEAD]
    if not data.strip(b"\0\t\r\n "):
        raise Broken(f"{name} is empty.", "Download or copy the file again.")
    for magic, what, hint in _KNOWN:
        if head.startswith(magic):
            raise Unsupported(f"{name} is not a policy that can be read but {what}.", hint)
    if head.startswith(_OLE):
        raise _old(data, name)
    if head.startswith(b"PK"):
        return _package(data, name)
    return _text(data, name)


def _reader(kind: str) -> Reader:
    from aligner.ingest import docx, html, odt, plain

    readers: dict[str, Reader] = {
        "docx": docx.read_docx,
        "odt": odt.read_odt,
        "html": html.read_html,
        "markdown": plain.read_markdown,
        "text": plain.read_plain,
    }
    return readers[kind]


def _misnamed(found: Content, name: str) -> Unsupported:
    if found.format == "html":
        hint = (
            "The download probably gave a web page: open it in a browser and print it as PDF. "
            "If the page is the policy, give its name the ending .html."
        )
        return Unsupported(f"{name} is not a PDF but a web page.", hint)
    hint = "Download it again. If the text is the policy, give its name the ending .txt or .md."
    return Unsupported(f"{name} is not a PDF file but {found.what}.", hint)


def _old(data: bytes, name: str) -> Exception:
    """An old Word or Excel file, or a new one behind a password: both come in the same wrapping."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return locked(name)
    hint = "Open it in a word processor and save it as .docx or PDF."
    return Unsupported(
        f"{name} is not a policy that can be read but an old Word or Excel file.", hint
    )


def _package(data: bytes, name: str) -> Content:
    archive = Archive(data, name=name)
    types = archive.bytes("[Content_Types].xml")
    # A workbook may hold a Word document: what the main part is counts, and it has its own folder.
    if types and "word/document.xml" in archive:
        return Content("docx", "a Word document")
    kinds = _PACKAGES if types else _MIMETYPES
    told = types or archive.bytes("mimetype").strip()
    for key, format_, what in kinds:
        if key in told:
            if format_:
                return Content(format_, "a document")
            raise Unsupported(f"{name} is not a policy that can be read but {what}.", PDF_HINT)
    if not types and "content.xml" in archive:
        return Content("odt", "a document")
    raise Unsupported(f"{name} is not a policy that can be read but a zip file.", _UNPACK)


def _text(data: bytes, name: str) -> Content:
    from aligner.ingest.encoding import decoded

    sample = data[:_SAMPLE]
    text = "" if _is_binary(sample) else decoded(_whole_characters(sample), name=name)
    if not text or not _is_readable(text):
        hint = "aligner reads PDF, Word (.docx), ODT, HTML, Markdown and plain text."
        raise Unsupported(f"{name} is not a PDF or any other document that can be read.", hint)
    start = text[:_HEAD].lstrip("\ufeff \t\r\n")
    if _PAGE.search(start):
        return Content("html", "a web page")
    if start.startswith("<?xml"):
        raise Unsupported(f"{name} is not a policy that can be read but an XML file.", PDF_HINT)
    if re.match(r"(?:mime-version|from|received|return-path):\s", start, re.IGNORECASE):
        hint = "Open it in a browser or mail program and print it as PDF."
        raise Unsupported(f"{name} is a web archive or an e-mail.", hint)
    if _MARKDOWN.search(text.replace("\r\n", "\n")):
        return Content("markdown", "a Markdown text")
    return (
        Content("html", "a web page") if _MARKUP.match(start) else Content("text", "a plain text")
    )


def _whole_characters(sample: bytes) -> bytes:
    """The sample without a UTF-8 character that its end cuts in two."""
    if len(sample) == _SAMPLE:
        for cut in range(1, 4):
            if sample[-cut] >= 0xC0:
                return sample[:-cut]
            if sample[-cut] < 0x80:
                break
    return sample


def _is_binary(sample: bytes) -> bool:
    """Zeros stand in no text but UTF-16 and UTF-32, which begin with a mark or have every other."""
    zeros = sample.count(0)
    if not zeros or sample.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return False
    return max(sample[::2].count(0), sample[1::2].count(0)) < len(sample) // 3


def _is_readable(text: str) -> bool:
    """Whether nearly all characters can be printed: 1 in 50 may be damaged."""
    bad = sum(not (c.isprintable() or c in "\t\n\r\f\v\x85\ufeff\xad\u200b-\u200f") for c in text)
    return bad + text.count("\ufffd") <= len(text) // 50
