"""Make the PDFs of the fictional policies from their Markdown sources.

`python sample_policies/make.py [FOLDER]` (needs the extra `samples`). Same source, same bytes: no
time stamp, no compression (zlib differs between machines), and fonts that come with reportlab.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
CLAUSE = re.compile(r"(\d+\.\d+\.?|\([a-z]+\)) (.+)", re.DOTALL)
MARGIN, FOOT = 2.3 * cm, 3.1 * cm  # the foot leaves room for footnotes


@dataclass(frozen=True)
class Look:
    """What tells the three layouts apart: columns, type, colour, indents and page breaks."""

    columns: int
    body: str
    bold: str
    head: str
    size: float
    colour: str
    tint: str
    indent: int = 0
    justify: bool = False
    chapter_pages: bool = False


LOOKS = {
    "clauses": Look(
        1, "Times-Roman", "Times-Bold", "Helvetica-Bold", 11.5, "#1f4e79", "#e8eef5",
        indent=30, chapter_pages=True,
    ),
    "columns": Look(
        2, "Helvetica", "Helvetica-Bold", "Times-Bold", 9.8, "#5b2333", "#f5ecee", justify=True
    ),
    "matrix": Look(
        1, "Vera", "Vera-Bold", "Vera-Bold", 9.6, "#1b5e3f", "#e7f2ec"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A policy as written: front matter, footnotes by number, and blocks of lines."""

    meta: dict[str, str]
    notes: dict[str, str]
    blocks: tuple[tuple[str, ...], ...]


def read_source(path: Path) -> Source:
    """Split a Markdown file into front matter, footnotes and blocks (parted by empty lines)."""
    _, front, text = path.read_text(encoding="utf-8").split("---\n", 2)
    meta = dict(line.split(": ", 1) for line in front.splitlines())
    notes = dict(re.findall(r"^\[\^(\d+)\]: (.+)$", text, flags=re.MULTILINE))
    text = re.sub(r"^\[\^\d+\]: .+\n", "", text, flags=re.MULTILINE)
    parts = re.split(r"\n\s*\n", text.strip())
    return Source(meta, notes, tuple(tuple(part.split("\n")) for part in parts))


def inline(text: str) -> str:
    """Turn **bold**, *italic* and [^1] into reportlab's markup."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)
    mark = r'<super size="7">\1</super><onDraw name="note" label="\1"/>'
    return re.sub(r"\[\^(\d+)\]", mark, text)


def make_styles(look: Look) -> dict[str, ParagraphStyle]:
    """Name the paragraph styles of a layout."""
    size = look.size
    body = ParagraphStyle(
        "body", fontName=look.body, fontSize=size, leading=size * 1.36, spaceAfter=size * 0.62,
        allowWidows=0, allowOrphans=0, bulletFontName=look.body, bulletFontSize=size,
    )  # fmt: skip
    if look.justify:
        body.alignment, body.hyphenationLang = 4, "en_GB"
    flat = partial(ParagraphStyle, parent=body, alignment=0, hyphenationLang="", spaceAfter=1)
    styles = [body, *head_styles(look, flat), *list_styles(look, body), *cell_styles(look, flat)]
    styles += [
        flat("caption", fontName=look.bold, fontSize=size - 1, spaceBefore=6, spaceAfter=6),
        flat("note", fontSize=7.6, leading=9, spaceAfter=0),
        flat("toc0", fontName=look.bold, spaceBefore=3),
        flat("toc1", leftIndent=16, leading=size * 1.1),
    ]
    return {style.name: style for style in styles}


def head_styles(look: Look, flat: Callable[..., ParagraphStyle]) -> list[ParagraphStyle]:
    """The three levels of headings."""
    head = partial(flat, fontName=look.head)
    tinted = partial(head, textColor=HexColor(look.colour))
    return [
        tinted("h1", fontSize=16, leading=20, spaceBefore=14, spaceAfter=10),
        tinted("h2", fontSize=12.5, leading=16, spaceBefore=9, spaceAfter=5),
        head("h3", fontSize=look.size + 0.4, leading=14, spaceBefore=5, spaceAfter=3),
    ]


def list_styles(look: Look, body: ParagraphStyle) -> list[ParagraphStyle]:
    """Numbered clauses, lettered clauses, bullets and nested bullets: mark, then text."""
    indents = {
        "clause": (0, 30),
        "sub": (32, 52),
        "item": (look.indent + 4, look.indent + 15),
        "item2": (look.indent + 18, look.indent + 29),
    }
    return [
        ParagraphStyle(name, parent=body, bulletIndent=mark, leftIndent=text)
        for name, (mark, text) in indents.items()
    ]


def cell_styles(look: Look, flat: Callable[..., ParagraphStyle]) -> list[ParagraphStyle]:
    """The cells of tables and of their heads."""
    cell = partial(flat, fontSize=8.4, leading=10.6, spaceAfter=0)
    return [cell("cell"), cell("head", fontName=look.bold, textColor=white)]


class Policy(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """A document with cover, running heads, footnotes, bookmarks and a contents page."""

    def __init__(self, target: Path, *, source: Source, look: Look) -> None:
        meta = source.meta
        super().__init__(
            str(target), pagesize=A4, title=f"{meta['title']}: {meta['country']}",
            author=meta["ministry"], subject="Fictional sample policy", invariant=1,
            pageCompression=0,
        )  # fmt: skip
        self.source, self.look, self.styles = source, look, make_styles(look)
        self.addPageTemplates(make_pages(look))

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        """Tell headings to the contents page and the bookmarks."""
        level = {"h1": 0, "h2": 1}.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is None:
            return
        text, key = flowable.getPlainText(), f"h{self.seq.nextf('heading')}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level)
        self.notify("TOCEntry", (level, text, self.page, key))


def make_pages(look: Look) -> list[PageTemplate]:
    """Lay out the pages: cover, one column, the columns of the look, and landscape."""
    width, height = A4
    tall, gap = height - FOOT - 2.4 * cm, 0.8 * cm
    span = (width - 2 * MARGIN - gap * (look.columns - 1)) / look.columns
    frames = [
        Frame(MARGIN + n * (span + gap), FOOT, span, tall, 0, 0, 0, 0) for n in range(look.columns)
    ]
    full = Frame(MARGIN, FOOT, width - 2 * MARGIN, tall, 0, 0, 0, 0)
    wide = Frame(1.6 * cm, 2.1 * cm, height - 3.2 * cm, width - 4.2 * cm, 0, 0, 0, 0)
    dress: dict[str, Any] = {"onPage": begin_page, "onPageEnd": end_page}
    return [
        PageTemplate("cover", [full], onPage=draw_cover),
        PageTemplate("onecolumn", [full], **dress),
        PageTemplate("columns", frames, **dress),
        PageTemplate("wide", [wide], pagesize=landscape(A4), **dress),
    ]


def draw_cover(canvas: Any, doc: Policy) -> None:
    """Draw the cover: band, emblem, country, title, ministry and date."""
    (width, height), meta, look = A4, doc.source.meta, doc.look
    canvas.setFillColor(HexColor(look.colour))
    canvas.rect(0, height - 7 * cm, width, 7 * cm, stroke=0, fill=1)
    canvas.setFillColor(white)
    canvas.circle(width / 2, height - 2.9 * cm, 1.2 * cm, stroke=0, fill=1)
    canvas.setFillColor(HexColor(look.colour))
    canvas.setFont(look.head, 30)
    canvas.drawCentredString(width / 2, height - 3.28 * cm, meta["country"].split()[-1][0])
    canvas.setFillColor(white)
    canvas.setFont(look.head, 15)
    canvas.drawCentredString(width / 2, height - 5.1 * cm, meta["country"].upper())
    canvas.setFont(look.body, 12)
    canvas.drawCentredString(width / 2, height - 5.9 * cm, meta["ministry"])
    top = partial(ParagraphStyle, "cover", alignment=1, textColor=HexColor(look.colour))
    lines = [
        (meta["title"], top(fontName=look.head, fontSize=27, leading=34)),
        (meta["subtitle"], top(fontName=look.body, fontSize=15, leading=20, spaceBefore=18)),
        (meta["date"], top(fontName=look.bold, fontSize=13, leading=18, spaceBefore=60)),
    ]
    Frame(3 * cm, 6 * cm, width - 6 * cm, 12 * cm).addFromList(
        [Paragraph(text, style) for text, style in lines], canvas
    )
    canvas.setFont(look.body, 8.5)
    canvas.drawCentredString(width / 2, 2 * cm, meta["imprint"])


def begin_page(canvas: Any, doc: Policy) -> None:
    """Draw the running head and start collecting the footnotes of the page."""
    seen: list[str] = []
    canvas.notes = seen
    canvas.setNamedCB("note", lambda _canvas, _kind, label: seen.append(label))
    width, height = canvas._pagesize
    canvas.setFont(doc.look.body, 8)
    canvas.setFillColor(HexColor("#555555"))
    canvas.drawString(MARGIN, height - 1.5 * cm, doc.source.meta["running"])
    canvas.drawRightString(width - MARGIN, height - 1.5 * cm, doc.source.meta["country"])
    canvas.setStrokeColor(HexColor(doc.look.colour))
    canvas.line(MARGIN, height - 1.65 * cm, width - MARGIN, height - 1.65 * cm)
    canvas.drawCentredString(width / 2, 1.1 * cm, f"{doc.page}")


def end_page(canvas: Any, doc: Policy) -> None:
    """Draw the footnotes of the page above its number."""
    y, width = 1.6 * cm, canvas._pagesize[0] - 2 * MARGIN
    for label in reversed(canvas.notes):
        text = f'<super size="6">{label}</super> {inline(doc.source.notes[label])}'
        note = Paragraph(text, doc.styles["note"])
        y += note.wrapOn(canvas, width, FOOT)[1]
        note.drawOn(canvas, MARGIN, y - note.height)
    if canvas.notes:
        canvas.setStrokeColor(HexColor("#888888"))
        canvas.line(MARGIN, y + 3, MARGIN + 4 * cm, y + 3)


def make_story(doc: Policy) -> Iterator[Flowable]:
    """Turn the blocks of a source into flowables, one kind of block after the other."""
    before = ":::page"
    for block in doc.source.blocks:
        first = block[0]
        if first.startswith(":::"):
            yield from make_directive(doc, first.removeprefix(":::"))
        elif first.startswith("#"):
            if doc.look.chapter_pages and first.startswith("# ") and before[:3] != ":::":
                yield PageBreak()
            yield from (CondPageBreak(90), make_heading(doc, first))
        elif first.startswith("|"):
            yield make_table(doc, block, ruled=before != ":::unruled")
        elif first.startswith(">"):
            yield make_box(doc, block)
        elif first.startswith("- "):
            yield from make_list(doc, block)
        else:
            yield make_paragraph(doc, " ".join(block))
        before = first


def make_directive(doc: Policy, name: str) -> Iterator[Flowable]:
    """Contents page, or a new page of another template; `unruled` only marks the next table."""
    if name == "contents":
        tight = TableStyle(
            [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
        )
        levels = [doc.styles["toc0"], doc.styles["toc1"]]
        yield TableOfContents(levelStyles=levels, dotsMinLevel=0, tableStyle=tight)
    elif name != "unruled":
        yield from (NextPageTemplate(name), PageBreak())


def make_heading(doc: Policy, line: str) -> Paragraph:
    """A heading; `#!` is a title that stays out of the contents page."""
    marks, text = line.split(" ", 1)
    style = doc.styles["h1" if marks == "#!" else f"h{len(marks)}"]
    if marks == "#!":
        style = ParagraphStyle("title", parent=style)
    return Paragraph(inline(text), style)


def make_paragraph(doc: Policy, text: str) -> Paragraph:
    """A paragraph, numbered clause ("3.2 ...") or lettered clause ("(a) ...")."""
    if found := CLAUSE.match(text):
        style = doc.styles["sub" if text.startswith("(") else "clause"]
        return Paragraph(inline(found[2]), style, bulletText=found[1])
    style = doc.styles["caption" if re.match(r"(Table|Figure) \d", text) else "body"]
    return Paragraph(inline(text), style)


def make_list(doc: Policy, block: tuple[str, ...]) -> Iterator[Flowable]:
    """Bullets; two blanks in front make a nested one."""
    for line in block:
        nested = line.startswith("  ")
        style = doc.styles["item2" if nested else "item"]
        yield Paragraph(inline(line.strip()[2:]), style, bulletText="–" if nested else "•")


def make_box(doc: Policy, block: tuple[str, ...]) -> Table:
    """A tinted box around paragraphs."""
    texts = [line.removeprefix(">").strip() for line in block]
    rows = [[Paragraph(inline(text), doc.styles["body"])] for text in texts if text]
    tint = [("BACKGROUND", (0, 0), (-1, -1), HexColor(doc.look.tint))]
    frame = [("BOX", (0, 0), (-1, -1), 0.8, HexColor(doc.look.colour))]
    return Table(rows, colWidths=["100%"], style=[*tint, *frame], spaceBefore=6, spaceAfter=10)


def make_table(doc: Policy, block: tuple[str, ...], *, ruled: bool) -> Table:
    """A table: dashes give the widths, lines above them are the head."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in block]
    head = next(n for n, row in enumerate(cells) if row[0].startswith("--"))
    dashes = [len(cell) for cell in cells.pop(head)]
    widths = [f"{100 * n / sum(dashes):.2f}%" for n in dashes]
    rows = [
        [Paragraph(inline(cell), doc.styles["head" if n < head else "cell"]) for cell in row]
        for n, row in enumerate(cells)
    ]
    spans = list(find_spans(cells))
    bands = [("BACKGROUND", *ends, HexColor(doc.look.tint)) for _, *ends in spans if is_wide(*ends)]
    cut = len(bands) == len(spans)  # a joined cell that is tall forbids rows cut by the page's end
    return Table(
        rows, colWidths=widths, repeatRows=head, spaceAfter=12, splitByRow=not cut,
        splitInRow=24 if cut else 0,
        style=[*table_style(doc.look, head=head, ruled=ruled), *bands, *spans],
    )  # fmt: skip


def find_spans(cells: list[list[str]]) -> Iterator[tuple[Any, ...]]:
    """The cells that `^` joins to the one above and `<` to the one on the left."""
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            down = len(list(takewhile("^".__eq__, (below[x] for below in cells[y + 1 :]))))
            right = len(list(takewhile("<".__eq__, row[x + 1 :])))
            if cell not in ("^", "<") and down + right:
                yield ("SPAN", (x, y), (x + right, y + down))


def is_wide(start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether a joined cell stays in its row: a band over the rows below it."""
    return start[1] == end[1]


def table_style(look: Look, *, head: int, ruled: bool) -> list[tuple[Any, ...]]:
    """Lines and colours of a table."""
    style: list[tuple[Any, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    if head:
        style.append(("BACKGROUND", (0, 0), (-1, head - 1), HexColor(look.colour)))
    if ruled:
        style.append(("GRID", (0, 0), (-1, -1), 0.5, HexColor("#777777")))
    return style


def make_pdf(path: Path, folder: Path) -> Path:
    """Write the PDF of one source into a folder and return its path."""
    source = read_source(path)
    target = folder / source.meta["file"]
    doc = Policy(target, source=source, look=LOOKS[source.meta["layout"]])
    doc.multiBuild([Spacer(1, 1), *make_directive(doc, "onecolumn"), *make_story(doc)])
    return target


def register_fonts() -> None:
    """Make the Vera fonts that come with reportlab known, bold and italic included."""
    for name, file in (("", "Vera"), ("-Bold", "VeraBd"), ("-Italic", "VeraIt")):
        pdfmetrics.registerFont(TTFont(f"Vera{name}", f"{file}.ttf"))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="Vera-Bold", italic="Vera-Italic")


def main(folder: Path = HERE) -> None:
    """Make every policy."""
    register_fonts()
    for path in sorted((HERE / "sources").glob("*.md")):
        print(make_pdf(path, folder))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
