"""How well policies are cut into segments, and how fast: labelled policies against their PDFs.

usage: reading.py --gold DIR [--pdfs DIR] [--show N]

A unit of a labelled policy (paragraph, bullet, table row) is whole when at least 90 % of its
words lie in one segment of which they make up at least 80 %; rows of tables are told apart too.
"furniture" counts segments with words that renderings.py adds as contents, running heads, notes,
watermark and references. Speed is told against pdfium's raw text of the same files in the same run.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aligner.ingest import read
from aligner.segment import segments

if TYPE_CHECKING:
    from collections.abc import Iterator

# What renderings.py writes behind everything that must not be read as text of the policy.
FURNITURE = "folium"
_LAYOUTS = {
    "report", "twocol", "three", "unruled", "fills", "spaced", "matrix", "legal", "boxes", "mixed",
    "broken",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--gold", type=Path, required=True, help="folder of NAME.json and NAME*.pdf"
    )
    parser.add_argument(
        "--show", type=int, default=0, help="print so many units that are not whole"
    )
    parser.add_argument("--pdfs", type=Path, help="folder of the PDFs, if it is another one")
    chosen = parser.parse_args()
    shares, pages, seconds, floor = [], 0, 0.0, 0.0
    for gold, pdf in pairs(chosen.gold, chosen.pdfs or chosen.gold):
        floor += raw(pdf)
        start = time.perf_counter()
        document = read(pdf)
        cut = segments(document)
        seconds += time.perf_counter() - start
        pages += document.pages
        missing = [u for u in units(gold) if not whole(u, [s.text for s in cut])]
        shares.append(1 - len(missing) / len(units(gold)))
        tabular = units(gold, tables=True)
        torn = [u for u in tabular if u in missing]
        furniture = sum(FURNITURE in s.text.lower() for s in cut)
        rows = 1 - len(torn) / max(1, len(tabular))
        print(
            f"{pdf.stem:28s} whole {shares[-1]:.3f}  rows {rows:.3f}"
            f"  furniture {furniture}  segments {len(cut)}"
        )
        for unit in missing[: chosen.show]:
            print("   ", unit[:150])
    if shares:
        print(f"{'mean':28s} whole {sum(shares) / len(shares):.3f}, worst {min(shares):.3f}")
        print(f"{pages / seconds:.0f} pages/s, raw pdfium text {pages / floor:.0f} pages/s")


def pairs(folder: Path, pdfs: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    for path in sorted(folder.glob("*.json")):
        if path.stem.endswith("_scan"):
            continue
        gold = json.loads(path.read_text(encoding="utf-8"))
        for pdf in sorted(pdfs.glob("*.pdf")):
            if pdf.stem == path.stem or pdf.stem.removeprefix(f"{path.stem}_") in _LAYOUTS:
                yield gold, pdf


def units(gold: dict[str, Any], *, tables: bool = False) -> list[str]:
    """The texts that were labelled, or the rows of tables only: a row is one."""
    result = []
    for block in gold["blocks"]:
        if block["kind"] == "table":
            result += [" ".join(map(str, row)) for row in block["rows"]]
        elif block["kind"] != "heading" and not tables:
            result.append(block["text"])
    return result


def whole(unit: str, texts: list[str]) -> bool:
    bag = words(unit)
    size = sum(bag.values())
    for text in texts:
        other = words(text)
        shared = sum((bag & other).values())
        if shared >= 0.9 * size and shared >= 0.8 * sum(other.values()):
            return True
    return False


def words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower().replace("\u00ad", "")))


def raw(path: Path) -> float:
    """Seconds that pdfium takes for the bare text of all pages, opening included."""
    import pypdfium2.raw as pdfium

    start = time.perf_counter()
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadDocument(str(path).encode(), None)
    for index in range(pdfium.FPDF_GetPageCount(document)):
        page = pdfium.FPDF_LoadPage(document, index)
        text = pdfium.FPDFText_LoadPage(page)
        count = pdfium.FPDFText_CountChars(text)
        pdfium.FPDFText_GetText(text, 0, count, (ctypes.c_ushort * (count + 1))())
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(document)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
