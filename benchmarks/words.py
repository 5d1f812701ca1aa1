"""How many words survive reading: each PDF against the raw text of pdfium and of pdfplumber.

usage: words.py FILE_OR_FOLDER... [--pages N]

Words that stand in the same place of many pages (running heads, page numbers) and those of contents
pages (lines with leaders, pages headed so) are left out of the count, because reading sets them
aside on purpose. Hyphens at line ends are closed. Of the two engines the one with more ordinary
words (at most 25 letters) is the measure.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

from aligner.errors import InputError
from aligner.ingest import read

_WORD = re.compile(r"[^\W\d_]{2,25}")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010\ufffe\x02]\s*(?=[^\W\d_])")
# pdfium's raw text has blanks behind ligatures ("traff icking"), which reading takes away.
_LIGATURE = re.compile(r"(ffi|ffl|ff|fi|fl|ft|tt|ti) (?=[a-z])")
_LEADER = re.compile(r"(?:\.\s?){4,}\s*\d*\s*$")
_CONTENTS = re.compile(
    r"\s*(?:table of )?contents\b|sommaire|table des mati|índice|contenido", re.IGNORECASE
)
_ENTRY = re.compile(r"\S.*\s(?:\d{1,3}|[ivxl]{1,6})\s*$")
_DIGITS = re.compile(r"\d+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("places", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, default=30, help="pages that pdfplumber reads")
    chosen = parser.parse_args()
    for path in files(chosen.places):
        try:
            document = read(path)
        except InputError as error:
            print(f"{path.stem[:44]:44s} {type(error).__name__}")
            continue
        kept = words(" ".join(f"{block.number} {block.text}" for block in document.blocks))
        kept += words(" ".join(text for block in document.blocks for text in block.context))
        report(path, kept, pages=chosen.pages)


def report(path: Path, kept: Counter[str], *, pages: int) -> None:
    shares = []
    whole = body(pdfium(path))
    shares.append(f"pdfium {share(whole, kept):.4f} of {sum(whole.values())}")
    second = body(pdfplumber(path, pages))
    shares.append(f"pdfplumber, {pages} pages: {share(second, kept):.4f} of {sum(second.values())}")
    lost = (whole - kept).most_common(8)
    print(f"{path.stem[:44]:44s} {'; '.join(shares)}  lost: {lost}")


def share(wanted: Counter[str], kept: Counter[str]) -> float:
    return sum((wanted & kept).values()) / max(1, sum(wanted.values()))


def body(pages: list[str]) -> Counter[str]:
    """The words of the pages without lines that stand on many of them, and without contents."""
    pages = [page for page in pages if not is_contents(page)]
    often = Counter(line for page in pages for line in {key(line) for line in page.splitlines()})
    limit = max(3, len(pages) // 8)
    lines = [
        line
        for page in pages
        for line in page.splitlines()
        if often[key(line)] < limit and not _LEADER.search(line)
    ]
    return words("\n".join(lines))


def is_contents(page: str) -> bool:
    """Whether a page is headed so and most of its lines end in the number of a page."""
    lines = [line for line in page.splitlines() if line.strip()]
    entries = sum(bool(_ENTRY.match(line)) for line in lines)
    return any(map(_CONTENTS.match, lines[:6])) and entries > 0.6 * len(lines)


def key(line: str) -> str:
    return _DIGITS.sub("0", line).strip().lower()


def words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(_LIGATURE.sub(r"\1", _HYPHEN.sub("", text)).lower()))


def pdfium(path: Path) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def pdfplumber(path: Path, pages: int) -> list[str]:
    import pdfplumber

    found = []
    with pdfplumber.open(path) as document:
        for page in document.pages[:pages]:
            found.append(page.extract_text(x_tolerance_ratio=0.15) or "")
            page.close()
    return found


def files(places: list[Path]) -> list[Path]:
    return [
        path
        for place in places
        for path in (sorted(place.rglob("*.pdf")) if place.is_dir() else [place])
    ]


if __name__ == "__main__":
    main()
