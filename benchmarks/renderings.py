"""Labelled policies set as ministries set them, in layouts that are hard to read.

usage: renderings.py --gold DIR --out DIR

For each NAME.json a NAME_LAYOUT.pdf: three columns, tables without rulings, tables with fills
instead of rulings, letter-spaced headings with watermark and footnotes, a landscape matrix with
merged goal cells, a law (articles, nested clauses, run-in headings, indents instead of gaps), boxes
beside the text and small capitals, one to three columns on the same page, rows broken over pages
under two rows of heads. Contents, running heads, a watermark and a list of references are added;
every word of theirs that must not become evidence ends in "folium".
"""

from __future__ import annotations

import argparse
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BalancedColumns,
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    ParagraphAndImage,
    Spacer,
    Table,
    TableStyle,
)

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

LAYOUTS = (
    "three", "unruled", "fills", "spaced", "matrix", "legal", "boxes", "mixed", "broken",
)  # fmt: skip
# What is added to a policy and must be read as nothing carries this word.
FURNITURE = "folium"
_GOAL_ROWS = 3
_HEAD = colors.HexColor("#1f4e79")
_SHADES = (colors.HexColor("#e8eef7"), colors.white)


class _Chapter(Flowable):  # type: ignore[misc]
    """Takes no room; tells the running head which chapter has begun."""

    def __init__(self, document: BaseDocTemplate, title: str) -> None:
        super().__init__()
        self.document, self.title = document, title
        self.width = self.height = 0

    def draw(self) -> None:
        self.document.chapter = self.title


class _Spaced(Flowable):  # type: ignore[misc]
    """A heading whose letters are set apart."""

    def __init__(self, text: str, size: float) -> None:
        super().__init__()
        self.text, self.size, self.keepWithNext = text, size, 1

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        return width, self.size * 2

    def draw(self) -> None:
        text = self.canv.beginText(0, self.size * 0.6)
        text.setFont("Times-Bold", self.size)
        text.setCharSpace(0.35 * self.size)
        text.textOut(self.text)
        self.canv.drawText(text)


class _Footnote(Flowable):  # type: ignore[misc]
    """A note at the foot of the page it is anchored on."""

    def __init__(self, number: int, word: str) -> None:
        super().__init__()
        self.number, self.word = number, word
        self.width = self.height = 0

    def draw(self) -> None:
        self.canv._doctemplate.notes.append((self.number, self.word))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gold", type=Path, required=True, help="folder of NAME.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for the PDFs")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(chosen.gold.glob("*.json")):
        if path.stem.endswith("_scan"):
            continue
        policy = json.loads(path.read_text(encoding="utf-8"))
        for layout in LAYOUTS:
            render(policy, chosen.out / f"{path.stem}_{layout}.pdf", layout=layout)


def render(policy: dict[str, Any], path: Path, *, layout: str) -> None:
    """Write the policy as a PDF in one of LAYOUTS."""
    width, height = A4
    document = BaseDocTemplate(str(path), pagesize=A4, title=policy["title"], invariant=1)
    document.chapter, document.notes = "Opening", []
    count = 3 if layout == "three" else 1
    gap, margin = 14, 50
    wide = (width - 2 * margin - gap * (count - 1)) / count
    frames = [
        Frame(margin + i * (wide + gap), 70, wide, height - 140, 0, 0, 0, 0, id=f"column{i}")
        for i in range(count)
    ]
    across = [Frame(margin, 60, height - 2 * margin, width - 120, 0, 0, 0, 0, id="across")]
    single = [Frame(margin, 70, width - 2 * margin, height - 140, 0, 0, 0, 0, id="single")]

    def decorate(canvas: Canvas, own: BaseDocTemplate) -> None:
        _decorate(canvas, own, layout=layout)

    document.addPageTemplates(
        [
            PageTemplate("plain", single, onPageEnd=decorate, pagesize=A4),
            PageTemplate("main", frames, onPageEnd=decorate, pagesize=A4),
            PageTemplate("wide", across, onPageEnd=decorate, pagesize=landscape(A4)),
        ]
    )
    document.build(_story(policy, document, layout=layout))


def _decorate(canvas: Canvas, document: BaseDocTemplate, *, layout: str) -> None:
    width, height = canvas._pagesize
    canvas.saveState()
    canvas.setFont("Helvetica-Oblique", 8)
    head = f"{document.chapter[:50]} {FURNITURE}"
    if document.page % 2:
        canvas.drawString(50, height - 36, head)
    else:
        canvas.drawRightString(width - 50, height - 36, head)
    canvas.drawCentredString(width / 2, 28, f"Page {document.page}")
    canvas.setFont("Times-Roman", 7)
    for place, (number, word) in enumerate(document.notes):
        text = f"{number} {word}, in the yearbook of the office, table {number} {FURNITURE}."
        canvas.drawString(50, 60 - 9 * place, text)
    document.notes = []
    if layout == "spaced":
        canvas.setFont("Helvetica-Bold", 72)
        canvas.setFillColor(colors.Color(0.9, 0.9, 0.9))
        canvas.translate(width / 2, height / 2)
        canvas.rotate(40)
        canvas.drawCentredString(0, 0, f"DRAFT {FURNITURE}")
    canvas.restoreState()


def _story(policy: dict[str, Any], document: BaseDocTemplate, *, layout: str) -> list[Flowable]:
    styles = _styles(layout)
    story: list[Flowable] = [
        Spacer(1, 160),
        Paragraph(html.escape(policy["title"]), styles[0]),
        PageBreak(),
        Paragraph("Contents", styles[1]),
    ]
    heads = [b for b in policy["blocks"] if b["kind"] == "heading" and b.get("level", 1) <= 2]
    for at, block in enumerate(heads):
        entry = f"{html.escape(block['text'])} {FURNITURE} {'.' * 30} {at + 3}"
        story.append(Paragraph(entry, styles[-1]))
    story += [NextPageTemplate("main"), PageBreak()]
    sections: list[list[Flowable]] = [[]]
    for at, block in enumerate(policy["blocks"]):
        apart = block["kind"] == "table" or block.get("level") == 1
        if layout == "mixed" and apart:
            sections.append([])
        sections[-1] += _block(block, at, document=document, layout=layout, styles=styles)
        if layout == "mixed" and apart:
            sections.append([])
    for number, section in enumerate(sections):
        count = 1 + number // 2 % 3 if layout == "mixed" and number % 2 == 0 else 1
        columns = count > 1 and len(section) > 3
        gaps = {"spaceBefore": 6, "spaceAfter": 6, "innerPadding": 16, "endSlack": 0.2}
        story += [BalancedColumns(section, nCols=count, **gaps)] if columns else section
    story += _references(styles)
    return story


def _references(styles: list[ParagraphStyle]) -> list[Flowable]:
    entries = [
        f"Author, {letter}. (20{10 + at}). Rights of migrant workers, volume {at} {FURNITURE}."
        for at, letter in enumerate("ABCDEF")
    ]
    return [Paragraph("References", styles[1]), *(Paragraph(e, styles[-1]) for e in entries)]


def _styles(layout: str) -> list[ParagraphStyle]:
    """Styles of the cover, of three levels of headings, and of the text."""
    size = 8 if layout == "three" else 9 if layout == "mixed" else 10.5
    heads = [
        ParagraphStyle(
            f"h{level}",
            fontName="Times-Bold",
            fontSize=size * factor,
            leading=size * factor * 1.2,
            spaceBefore=size * factor,
            spaceAfter=size * 0.5,
            keepWithNext=1,
        )
        for level, factor in enumerate((2.0, 1.6, 1.3, 1.08))
    ]
    text = ParagraphStyle(
        "text",
        fontName="Times-Roman",
        fontSize=size,
        leading=size * 1.25,
        spaceAfter=0 if layout == "legal" else size * 0.6,
        firstLineIndent=14 if layout == "legal" else 0,
        alignment=TA_JUSTIFY,
    )
    return [*heads, text]


def _block(  # noqa: PLR0911 - a line for each way to set a block
    block: dict[str, Any],
    at: int,
    *,
    document: BaseDocTemplate,
    layout: str,
    styles: list[ParagraphStyle],
) -> list[Flowable]:
    text = html.escape(str(block.get("text", "")), quote=False)
    number = str(block.get("number") or "")
    if block["kind"] == "heading":
        return _heading(block, document=document, layout=layout, styles=styles)
    if block["kind"] == "table":
        return _table(block, layout=layout)
    if layout == "legal":
        return _clause(block, at, text=text, styles=styles)
    if layout == "boxes" and at % 6 == 0 and len(text) > 140:
        return [ParagraphAndImage(Paragraph(text, styles[-1]), _box(at, styles), xpad=12)]
    if block["kind"] == "bullet":
        style = ParagraphStyle("bullet", parent=styles[-1], leftIndent=14, bulletIndent=3)
        return [Paragraph(text, style, bulletText="•")]
    if number and block["kind"] == "numbered":
        style = ParagraphStyle("numbered", parent=styles[-1], leftIndent=24)
        return [Paragraph(text, style, bulletText=number)]
    if layout == "spaced" and at % 7 == 0:
        first, _, rest = text.partition(". ")
        if rest:
            note = at // 7 + 1
            marked = f"{first}.<super size=6>{note}</super> {rest}"
            return [Paragraph(marked, styles[-1]), _Footnote(note, rest[:24])]
    return [Paragraph(text, styles[-1])]


def _clause(
    block: dict[str, Any],
    at: int,
    *,
    text: str,
    styles: list[ParagraphStyle],
) -> list[Flowable]:
    """A block as a law sets it: an article, a clause under it, or a sub-clause."""
    depth = at % 4
    if block["kind"] == "bullet":
        indent = 14 + 14 * (at % 3)
        style = ParagraphStyle(
            "deep",
            parent=styles[-1],
            leftIndent=indent,
            bulletIndent=indent - 11,
            firstLineIndent=0,
        )
        return [Paragraph(text, style, bulletText="•–▪"[at % 3])]
    if depth == 0:
        centred = ParagraphStyle(
            "article", parent=styles[-1], alignment=TA_CENTER, spaceBefore=10, spaceAfter=4,
            keepWithNext=1, firstLineIndent=0,
        )  # fmt: skip
        return [Paragraph(f"Article {at // 4 + 1}", centred), Paragraph(text, styles[-1])]
    if depth == 1:
        first, _, rest = text.partition(". ")
        note = at // 4 + 1
        noted = f"{first}.<super size=6>{note}</super> {rest}" if rest else text
        runin = f"<b>Clause {at // 4 + 1}.</b> {noted}"
        return [Paragraph(runin, styles[-1]), *([_Footnote(note, rest[:24])] if rest else [])]
    mark = (
        f"({'abcdefghij'[at // 4 % 10]})" if depth == 2 else f"({('i', 'ii', 'iii')[at // 4 % 3]})"
    )
    indent = 20 if depth == 2 else 42
    style = ParagraphStyle(
        "sub", parent=styles[-1], leftIndent=indent, bulletIndent=indent - 18, firstLineIndent=0
    )
    return [Paragraph(text, style, bulletText=mark)]


def _box(at: int, styles: list[ParagraphStyle]) -> Table:
    """A shaded box of prose of its own, beside the paragraph."""
    small = ParagraphStyle("box", parent=styles[-1], fontName="Helvetica", fontSize=8, leading=10)
    words = [
        Paragraph(f"<b>Box {at // 6 + 1}. A voice from the field</b>", small),
        Paragraph("Amina left at nineteen and came home with a trade and two languages.", small),
    ]
    table = Table([[words]], colWidths=[150])
    table.setStyle(
        [("BOX", (0, 0), (-1, -1), 0.6, _HEAD), ("BACKGROUND", (0, 0), (-1, -1), _SHADES[0])]
    )
    return table


def _initial(word: str, size: float) -> str:
    first = html.escape(word[:1].upper())
    return first if word[:1].isupper() else f"<font size={0.75 * size:.1f}>{first}</font>"


def _small_capitals(text: str, size: float) -> str:
    """The text in capitals, those that stand for small letters three quarters as high."""
    words = [
        f"{_initial(word, size)}<font size={0.75 * size:.1f}>{html.escape(word[1:].upper())}</font>"
        for word in text.split()
    ]
    return " ".join(words)


def _heading(
    block: dict[str, Any], *, document: BaseDocTemplate, layout: str, styles: list[ParagraphStyle]
) -> list[Flowable]:
    level, text = block.get("level", 1), block["text"]
    number = str(block.get("number") or "")
    text = text if not number or text.startswith(number) else f"{number} {text}"
    started = [_Chapter(document, text)] if level == 1 else []
    if layout == "spaced" and len(text) < 32:
        return [*started, Spacer(1, 12), _Spaced(text, styles[level].fontSize)]
    shown = html.escape(text)
    if layout == "boxes":
        shown = _small_capitals(text, styles[level].fontSize)
    return [*started, Paragraph(shown, styles[level])]


def _table(block: dict[str, Any], *, layout: str) -> list[Flowable]:
    merged = layout == "matrix"
    cell = ParagraphStyle("cell", fontName="Times-Roman", fontSize=8, leading=9.6)
    head = ParagraphStyle("head", parent=cell, fontName="Times-Bold")
    rows = [[str(c) for c in row] for row in block["rows"]]
    header = [str(c) for c in block.get("header") or []]
    count = max(len(row) for row in rows)
    if merged:
        header = ["Strategic goal", *header]
        rows = [
            ["" if i % _GOAL_ROWS else f"Goal {i // _GOAL_ROWS + 1}. Orderly {FURNITURE}", *row]
            for i, row in enumerate(rows)
        ]
        count += 1
    drawn = [[Paragraph(html.escape(c), head) for c in header]] if header else []
    drawn += [[Paragraph(html.escape(c), cell) for c in row] for row in rows]
    broken = layout == "broken"
    if broken and header:
        drawn.insert(0, [Paragraph("Strategic framework", head), *[""] * (count - 1)])
    total = 740.0 if count > 3 else 150.0 if layout == "three" else 495.0
    weights = [max(10, min(60, sum(len(r[i]) for r in rows) / len(rows))) for i in range(count)]
    widths = [36 + (total - 36 * count) * w / sum(weights) for w in weights]
    repeated = bool(header) * (2 if broken else 1)
    table = Table(drawn, colWidths=widths, repeatRows=repeated, splitInRow=int(broken))
    table.setStyle(TableStyle(_looks(layout, heads=bool(header), rows=len(rows))))
    if count <= 3:
        return [table, Spacer(1, 8)]
    return [NextPageTemplate("wide"), PageBreak(), table, NextPageTemplate("main"), PageBreak()]


def _looks(layout: str, *, heads: bool, rows: int) -> list[tuple[Any, ...]]:
    looks: list[tuple[Any, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    if layout == "unruled":
        return looks
    if layout == "fills":
        shades = [_SHADES[0], _SHADES[1]]
        return [*looks, ("ROWBACKGROUNDS", (0, int(heads)), (-1, -1), shades)]
    looks.append(("GRID", (0, 0), (-1, -1), 0.4, colors.grey))
    if layout == "broken" and heads:
        looks.append(("SPAN", (0, 0), (-1, 0)))
    if layout == "matrix":
        for first in range(int(heads), rows + int(heads), _GOAL_ROWS):
            last = min(first + _GOAL_ROWS, rows + int(heads)) - 1
            looks.append(("SPAN", (0, first), (0, last)))
    return looks


if __name__ == "__main__":
    main()
