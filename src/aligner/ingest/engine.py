"""What every PDF engine gives back, and the limits each keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aligner.ingest.page import Page

PASSWORD_VARIABLE = "ALIGNER_PDF_PASSWORD"  # noqa: S105 - the name of a variable, not a secret
# Set by the parent when it asks for another reading: by the second engine only, or with OCR.
SECOND_ENGINE_VARIABLE = "ALIGNER_PDF_SECOND_ENGINE"
OCR_VARIABLE = "ALIGNER_PDF_OCR"
MOST_PAGES = 5_000
# A full page of small print has 8,000 characters; a text bomb has millions.
MOST_CHARACTERS_A_PAGE = 100_000
MOST_CHARACTERS = 40_000_000
# Fewer characters than this beside a picture: a scan, whose text is in the picture.
FEW_CHARACTERS = 25


class Refused(Exception):
    """The engine cannot read the file; `code` is one of those in aligner.ingest.pdf."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Text:
    """The pages an engine read, those it could not, and notes (code, message, page).

    `doubtful`: pages whose words may be damaged. `bare`: pages that draw no text at all, so that
    no other engine will find any.
    """

    count: int
    title: str = ""
    pages: list[Page] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    notes: list[tuple[str, str, int | None]] = field(default_factory=list)
    characters: int = 0
    doubtful: list[int] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)

    def add(self, page: Page, characters: int) -> None:
        """Keep a page and say so when it shows a picture and hardly a word."""
        self.pages.append(page)
        self.characters += characters
        if page.picture and characters < FEW_CHARACTERS:
            self.unread.append(page.number)

    def extend(self, other: Text) -> None:
        """Add the pages of the part that follows."""
        self.pages += other.pages
        self.unread += other.unread
        self.notes += other.notes
        self.characters += other.characters
        self.doubtful += other.doubtful
        self.bare += other.bare

    def sort(self) -> None:
        """Put everything in the order of the pages, whoever read them."""
        self.pages.sort(key=lambda page: page.number)
        self.notes.sort(key=lambda note: note[2] or 0)
        for numbers in (self.unread, self.doubtful, self.bare):
            numbers.sort()

    def replace(self, page: Page) -> None:
        """Put another reading of a page in the place of the first."""
        for index, old in enumerate(self.pages):
            if old.number == page.number:
                self.pages[index] = page
                return
        self.pages.append(page)
        self.pages.sort(key=lambda one: one.number)

    def note(self, code: str, message: str, page: int) -> None:
        """Keep a note about a page."""
        self.notes.append((code, message, page))
