"""A Word document (.docx, .docm) as blocks: its text as it stands with all changes accepted.

Read from the XML itself: the order of paragraphs, tables, text boxes and footnotes, tracked changes
and computed numbers are what policies need, and no library gives all of them. Elements are told by
their local names, so that both dialects of the format are read. Macros and pictures are not opened.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from aligner.ingest.archive import Archive, damaged
from aligner.ingest.flow import Draft, bold_throughout, finished
from aligner.ingest.grid import Cell, table
from aligner.ingest.numbering import BULLET, Level, advance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.model import Block

# Deleted or moved away, a comment, hidden, the reading of a character, or no text of the policy.
_LEFT_OUT = frozenset(
    "del moveFrom delText instrText delInstrText rt annotationRef sectPr pPr rPr sdtPr"
    " tblPr tblGrid trPr tcPr".split()
)
_BREAKING = frozenset({"nextPage", "oddPage", "evenPage", ""})
_STYLES = {
    "decimal": "1", "decimalZero": "01", "lowerLetter": "a", "upperLetter": "A",
    "lowerRoman": "i", "upperRoman": "I", "bullet": BULLET, "none": "",
}  # fmt: skip
_DEEPEST = 20


class _Style(NamedTuple):
    """What a paragraph style says, those it is based on included."""

    name: str = ""
    outline: int | None = None
    number: str | None = None
    depth: int | None = None
    bold: bool = False


class _List(NamedTuple):
    """A list: whose counts it shares, its levels, whether it counts anew nevertheless."""

    shared: str
    levels: dict[int, Level]
    restarts: bool


class _Parts(NamedTuple):
    """What the parts beside the text say."""

    styles: dict[str, _Style]
    lists: dict[str, _List]
    notes: dict[tuple[str, str], Any]
    rendered: bool  # Word left marks where its pages began


@dataclass
class _State:
    """Where the reading stands: page, counts of the lists, open fields, text to go on with."""

    parts: _Parts
    page: int = 1
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    codes: list[list[str]] = field(default_factory=list)
    carried: list[tuple[str, bool]] = field(default_factory=list)
    depth: int = 0

    def in_contents(self) -> bool:
        """Whether a field that makes a table of contents is open."""
        return any("".join(code).split()[:1] == ["TOC"] for code in self.codes)


@dataclass
class _Line:
    """A paragraph in the making: its pieces, and the text boxes and notes that come after it."""

    pieces: list[tuple[str, bool]]
    page: int
    bold: bool
    after: list[Draft] = field(default_factory=list)


def read_docx(data: bytes, *, name: str) -> tuple[Block, ...]:
    """The blocks of a Word document, with page numbers where Word or the author left page breaks.

    Raises:
        InputError: it is damaged, encrypted, or would unpack to more than is safe.
    """
    archive = Archive(data, name=name)
    main = _main_part(archive)
    root = archive.xml(main)
    body = None if root is None else _first(root, "body")
    if body is None:
        raise damaged(name)
    state = _State(_parts(archive, main, root))
    return finished(list(_blocks(body, state)))


# -- XML ------------------------------------------------------------------------------------------


def _tag(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _get(element: Any, key: str) -> str | None:
    """An attribute whatever its namespace."""
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == key:
            return str(value)
    return None


def _first(element: Any, *path: str) -> Any:
    """The first child of a name, the first child of that, and so on; None when there is none."""
    for tag in path:
        element = next((child for child in element if _tag(child) == tag), None)
        if element is None:
            return None
    return element


def _value(element: Any, *path: str) -> str | None:
    """The w:val of a child; "" for a child without one, None without the child."""
    found = None if element is None else _first(element, *path)
    return None if found is None else _get(found, "val") or ""


def _on(element: Any, *path: str) -> bool | None:
    """Whether a switch like w:b is on; None when it is not there."""
    value = _value(element, *path)
    return None if value is None else value not in {"0", "false", "off", "none"}


def _number(text: str | None, default: int = 0) -> int:
    try:
        return max(-1, min(int(text or default), 1_000_000))
    except ValueError:
        return default


# -- parts ----------------------------------------------------------------------------------------


def _main_part(archive: Archive) -> str:
    root = archive.xml("_rels/.rels")
    for link in () if root is None else root:
        if (_get(link, "Type") or "").endswith("/officeDocument"):
            return posixpath.normpath((_get(link, "Target") or "").lstrip("/"))
    return "word/document.xml"


def _parts(archive: Archive, main: str, root: Any) -> _Parts:
    folder = posixpath.dirname(main)
    notes = {}
    for kind in ("footnote", "endnote"):
        found = archive.xml(f"{folder}/{kind}s.xml")
        for note in () if found is None else found:
            if _get(note, "type") in (None, "normal"):
                notes[kind, _get(note, "id") or ""] = note
    sheet = archive.xml(f"{folder}/styles.xml")
    raw = (
        {} if sheet is None else {_get(s, "styleId") or "": s for s in sheet if _tag(s) == "style"}
    )
    return _Parts(
        styles={key: _style(key, raw) for key in raw},
        lists=_lists(archive.xml(f"{folder}/numbering.xml"), raw),
        notes=notes,
        rendered=any(_tag(e) == "lastRenderedPageBreak" for e in root.iter()),
    )


def _style(key: str, raw: dict[str, Any]) -> _Style:
    """A style with what it takes from the styles it is based on."""
    name, outline, number, depth, bold = "", None, None, None, None
    for _ in range(_DEEPEST):
        element = raw.get(key)
        if element is None:
            break
        name = name or (_value(element, "name") or "").lower()
        level = _value(element, "pPr", "outlineLvl")
        outline = _number(level, 9) if outline is None and level else outline
        number = _value(element, "pPr", "numPr", "numId") if number is None else number
        at = _value(element, "pPr", "numPr", "ilvl")
        depth = _number(at) if depth is None and at else depth
        bold = _on(element, "rPr", "b") if bold is None else bold
        key = _value(element, "basedOn") or ""
    return _Style(name, outline, number, depth, bool(bold))


def _lists(root: Any, styles: dict[str, Any]) -> dict[str, _List]:
    """Each list (w:num); lists of one abstract list count on together."""
    if root is None:
        return {}
    abstract = {_get(e, "abstractNumId") or "": e for e in root if _tag(e) == "abstractNum"}
    nums = {_get(e, "numId") or "": e for e in root if _tag(e) == "num"}
    result = {}
    for key, num in nums.items():
        shared = _value(num, "abstractNumId") or ""
        link = _value(abstract.get(shared), "numStyleLink") or ""
        other = nums.get(_value(styles.get(link), "pPr", "numPr", "numId") or "")
        if other is not None:
            shared = _value(other, "abstractNumId") or ""
        levels = _levels(abstract.get(shared, ()))
        restarts = [_override(levels, e) for e in num if _tag(e) == "lvlOverride"]
        result[key] = _List(shared, levels, restarts=any(restarts))
    return result


def _levels(element: Any) -> dict[int, Level]:
    return {_number(_get(e, "ilvl")): _level(e) for e in element if _tag(e) == "lvl"}


def _level(element: Any) -> Level:
    style = _value(element, "numFmt") or "decimal"
    return Level(
        style=_STYLES.get(style, "1"),
        pattern=_value(element, "lvlText") or "",
        start=_number(_value(element, "start"), 1) if _value(element, "start") else 1,
    )


def _override(levels: dict[int, Level], override: Any) -> bool:
    """Change a level as one list wants it; whether that list counts anew."""
    at = _number(_get(override, "ilvl"))
    own = _first(override, "lvl")
    if own is not None:
        levels[at] = _level(own)
    start = _value(override, "startOverride")
    if start:
        levels[at] = levels.get(at, Level("1", "%1."))._replace(start=_number(start, 1))
    return bool(start)


# -- blocks ---------------------------------------------------------------------------------------


def _blocks(container: Any, state: _State) -> Iterator[Draft]:
    """The drafts of a body, cell, text box or note, in their order."""
    for element in container:
        tag = _tag(element)
        if tag == "p":
            yield from _paragraph(element, state)
        elif tag == "tbl":
            yield from _table(element, state)
        elif tag == "sdt":
            yield from _control(element, state)
        elif tag == "AlternateContent":
            yield from _blocks(_chosen(element), state)
        elif tag not in _LEFT_OUT:
            yield from _blocks(element, state)
    if state.carried:  # the end of the last paragraph was deleted: nothing goes on with it
        yield Draft("".join(text for text, _ in state.carried), page=state.page)
        state.carried = []


def _control(element: Any, state: _State) -> Iterator[Draft]:
    """What a content control holds; Word keeps tables of contents in one."""
    gallery = _value(element, "sdtPr", "docPartObj", "docPartGallery") or ""
    content = _first(element, "sdtContent")
    for draft in () if content is None else _blocks(content, state):
        yield draft._replace(contents=True) if gallery == "Table of Contents" else draft


def _chosen(element: Any) -> Any:
    """The one of the alternatives that has text boxes: they say the same twice."""
    for child in element:
        if any(_tag(e) == "txbxContent" for e in child.iter()):
            return child
    return next((child for child in element), ())


def _paragraph(element: Any, state: _State) -> Iterator[Draft]:
    properties = _first(element, "pPr")
    style = state.parts.styles.get(_value(properties, "pStyle") or "Normal", _Style())
    if _on(properties, "pageBreakBefore") and not state.parts.rendered:
        state.page += 1
    contents = state.in_contents()
    line = _Line(pieces=state.carried, page=state.page, bold=style.bold)
    state.carried = []
    _inline(element, line, state)
    if properties is not None and _first(properties, "rPr", "del") is not None:
        state.carried = line.pieces  # its end was deleted: the next paragraph goes on with it
    else:
        contents = contents or state.in_contents() or style.name.startswith("toc ")
        draft = _told(line, properties, style=style, state=state)
        # A field that is never closed must not swallow the document.
        yield draft._replace(contents=contents and draft.kind != "heading")
    yield from line.after
    _section_break(properties, state)


def _section_break(properties: Any, state: _State) -> None:
    section = None if properties is None else _first(properties, "sectPr")
    if section is None or state.parts.rendered:
        return
    if (_value(section, "type") or "") in _BREAKING:
        state.page += 1


def _told(line: _Line, properties: Any, *, style: _Style, state: _State) -> Draft:
    text = "".join(piece for piece, _ in line.pieces)
    draft = Draft(text, page=line.page, bold=bold_throughout(line.pieces))
    if not text.strip():
        return draft
    number, depth = _mark(properties, style, state)
    own = _value(properties, "outlineLvl")
    outline = _number(own, 9) if own else style.outline
    if style.name in {"title", "titre", "título"}:
        outline = 0
    if outline is not None and 0 <= outline < 9:
        shown = "" if number == BULLET else number
        return draft._replace(kind="heading", level=outline + 1, number=shown)
    if number:
        return draft._replace(kind="item", number=number, level=depth + 1)
    return draft


def _mark(properties: Any, style: _Style, state: _State) -> tuple[str, int]:
    """The number that Word computes for a paragraph ("" for none), and its depth in the list."""
    own = _value(properties, "numPr", "numId")
    key = style.number if own is None else own
    if not key or key not in state.parts.lists:
        return "", 0
    at = _value(properties, "numPr", "ilvl")
    depth = _number(at) if at else (style.depth or 0)
    depth = max(0, min(depth, 8))
    found = state.parts.lists[key]
    counts = state.counts.setdefault(found.shared, [])
    if found.restarts and key not in state.begun:
        counts.clear()
    state.begun.add(key)
    return advance(counts, depth, found.levels), depth


# -- inside a paragraph ---------------------------------------------------------------------------


def _inline(element: Any, line: _Line, state: _State) -> None:
    for child in element:
        tag = _tag(child)
        if tag == "r":
            _run(child, line, state)
        elif tag == "sdt" and _on(_first(child, "sdtPr"), "showingPlcHdr"):
            continue  # "Click here to enter text"
        elif tag in {"txbxContent", "footnoteReference", "endnoteReference"}:
            _aside(child, line, state)
        elif tag == "AlternateContent":
            _inline(_chosen(child), line, state)
        elif tag not in _LEFT_OUT:
            _inline(child, line, state)


def _run(run: Any, line: _Line, state: _State) -> None:
    properties = _first(run, "rPr")
    hidden = _on(properties, "vanish") or _on(properties, "strike") or _on(properties, "dstrike")
    bold = _on(properties, "b")
    bold = line.bold if bold is None else bold
    for child in run:
        tag = _tag(child)
        if tag == "fldChar":
            _field(child, state)
        elif tag == "instrText":
            if state.codes:
                state.codes[-1].append(child.text or "")
        elif tag in {"br", "lastRenderedPageBreak"}:
            _break(child, line, state)
        elif hidden or tag in _LEFT_OUT:
            continue
        elif tag in {"drawing", "pict", "object", "AlternateContent", "ruby"}:
            _inline([child], line, state)
        elif tag in {"footnoteReference", "endnoteReference"}:
            _aside(child, line, state)
        else:
            line.pieces.append((_characters(child, tag), bold))


def _characters(element: Any, tag: str) -> str:
    if tag == "t":
        return element.text or ""
    if tag == "noBreakHyphen":
        return "\u2011"
    if tag == "sym":
        try:
            return chr(int(_get(element, "char") or "", 16))
        except (ValueError, OverflowError):
            return ""
    return " " if tag in {"tab", "ptab", "cr"} else ""


def _break(element: Any, line: _Line, state: _State) -> None:
    """A new line or page; a paragraph that begins after a break is on the new page."""
    rendered = _tag(element) == "lastRenderedPageBreak"
    paged = rendered or (_get(element, "type") == "page" and not state.parts.rendered)
    if paged:
        state.page += 1
        if not any(text.strip() for text, _ in line.pieces):
            line.page = state.page
    if not rendered:
        line.pieces.append((" ", line.bold))


def _field(element: Any, state: _State) -> None:
    kind = _get(element, "fldCharType")
    if kind == "begin":
        state.codes.append([])
    elif kind == "end" and state.codes:
        state.codes.pop()


def _aside(element: Any, line: _Line, state: _State) -> None:
    """A text box or note: its paragraphs come after the one it hangs on; pages do not move."""
    page, state.page = state.page, line.page
    carried, state.carried = state.carried, []
    tag = _tag(element)
    if tag == "txbxContent":
        line.after += _blocks(element, state)
    else:
        # Taken out, so that a note that refers to itself ends.
        key = (tag.removesuffix("Reference"), _get(element, "id") or "")
        note = state.parts.notes.pop(key, ())
        line.after += [draft._replace(kind="note", level=0) for draft in _blocks(note, state)]
    state.page, state.carried = page, carried


# -- tables ---------------------------------------------------------------------------------------


class _Span(NamedTuple):
    """A cell of a row, the column it begins in, and whether it goes on with the one above."""

    column: int
    goes_on: bool
    cell: Cell


def _table(element: Any, state: _State) -> list[Draft]:
    rows = [_row(row, state) for row in _inside(element, "tr")]
    return table(_merged([row for row in rows if row]))


def _inside(element: Any, tag: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, within content controls too."""
    for child in element:
        own = _tag(child)
        if own == tag:
            yield child
        elif own in {"sdt", "sdtContent", "customXml", "ins"}:
            yield from _inside(child, tag)


def _row(row: Any, state: _State) -> list[_Span]:
    """The cells of a row, none when the row was deleted."""
    properties = _first(row, "trPr")
    if properties is not None and _first(properties, "del") is not None:
        return []
    column = max(0, _number(_value(properties, "gridBefore")))
    spans = [_Span(0, False, Cell((), column))] if column else []  # noqa: FBT003 - a field
    head = bool(_on(properties, "tblHeader"))
    page = last = state.page
    for cell in _inside(row, "tc"):
        # Each cell of a row that breaks over two pages has a mark of the break.
        state.page = page
        drafts = tuple(_blocks(cell, state))
        last = max(last, state.page)
        own = _first(cell, "tcPr")
        width = max(1, _number(_value(own, "gridSpan"), 1))
        goes_on = _value(own, "vMerge") in {"", "continue"}
        spans.append(_Span(column, goes_on, Cell(drafts, width, 1, head)))
        column += width
    state.page = last
    return spans


def _merged(rows: list[list[_Span]]) -> list[list[Cell]]:
    """Cells that go on with the one above are part of it: it reaches over more rows."""
    result: list[list[Cell]] = []
    tops: dict[int, tuple[int, int]] = {}  # column -> where its topmost cell stands in `result`
    for row in rows:
        cells: list[Cell] = []
        result.append(cells)
        for span in row:
            top = tops.get(span.column)
            if span.goes_on and top is not None:
                above = result[top[0]][top[1]]
                drafts = above.drafts + span.cell.drafts
                result[top[0]][top[1]] = above._replace(rows=above.rows + 1, drafts=drafts)
                continue
            tops[span.column] = (len(result) - 1, len(cells))
            cells.append(span.cell)
    return result
