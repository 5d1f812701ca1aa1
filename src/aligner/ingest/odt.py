"""An OpenDocument text (.odt, .ott) as blocks: its text with all recorded changes accepted.

Deleted text lies in a part of its own (text:tracked-changes) and heads and feet in styles.xml, so
that the body alone is the policy. Elements are told by their local names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from aligner.ingest.archive import Archive, damaged, locked
from aligner.ingest.flow import Draft, bold_throughout, finished
from aligner.ingest.grid import MOST_COLUMNS, Cell, table
from aligner.ingest.numbering import BULLET, Level, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aligner.model import Block

_LEFT_OUT = frozenset(
    "tracked-changes annotation annotation-end ruby-text note-citation forms sequence-decls"
    " variable-decls user-field-decls page-number page-count title desc event-listeners script"
    " image object".split()
)
_DEEPEST = 20
_REPEATS = 1_000


class _Style(NamedTuple):
    """What a style says, its parents included; None where it says nothing."""

    bold: bool | None = None
    outline: int | None = None
    list: str = ""
    breaks: bool = False
    hidden: bool = False


class _Parts(NamedTuple):
    """What the styles say: of paragraphs and spans by name, of lists by name, of headings."""

    styles: dict[str, _Style]
    lists: dict[str, dict[int, Level]]
    outline: dict[int, Level]
    soft: bool  # the writer left marks where its pages began


@dataclass
class _State:
    """Where the reading stands: page, counts of headings and lists, the list that is open."""

    parts: _Parts
    page: int = 1
    headings: list[int | None] = field(default_factory=list)
    ended: dict[str, list[int | None]] = field(default_factory=dict)
    open: list[_Open] = field(default_factory=list)


@dataclass
class _Open:
    """An open list: its levels, the counts that its inner lists share, its next mark."""

    levels: dict[int, Level]
    counts: list[int | None]
    mark: str = ""


@dataclass
class _Line:
    """A paragraph in the making: its pieces, and the text boxes and notes that come after it."""

    pieces: list[tuple[str, bool]]
    page: int
    bold: list[bool]
    after: list[Draft] = field(default_factory=list)


def read_odt(data: bytes, *, name: str) -> tuple[Block, ...]:
    """The blocks of an OpenDocument text, with page numbers where the writer left page breaks.

    Raises:
        InputError: it is damaged, encrypted, or would unpack to more than is safe.
    """
    archive = Archive(data, name=name)
    manifest = archive.bytes("META-INF/manifest.xml")
    if b"encryption-data" in manifest:
        raise locked(name)
    root = archive.xml("content.xml")
    body = None if root is None else _first(root, "body", "text")
    if body is None:
        raise damaged(name)
    state = _State(_parts([archive.xml("styles.xml"), root]))
    return finished(list(_blocks(body, state)))


# -- XML ------------------------------------------------------------------------------------------


def _tag(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _get(element: Any, key: str) -> str:
    """An attribute whatever its namespace, "" when there is none."""
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == key:
            return str(value)
    return ""


def _first(element: Any, *path: str) -> Any:
    for tag in path:
        element = next((child for child in element if _tag(child) == tag), None)
        if element is None:
            return None
    return element


def _number(text: str, default: int = 1, *, most: int = _REPEATS) -> int:
    try:
        return max(0, min(int(text), most))
    except ValueError:
        return default


# -- styles ---------------------------------------------------------------------------------------


def _parts(roots: Iterable[Any]) -> _Parts:
    raw: dict[str, Any] = {}
    lists: dict[str, dict[int, Level]] = {}
    outline: dict[int, Level] = {}
    soft = False
    for root in roots:
        for element in () if root is None else root.iter():
            tag = _tag(element)
            if tag == "style":
                raw[_get(element, "name")] = element
            elif tag == "list-style":
                lists[_get(element, "name")] = _levels(element)
            elif tag == "outline-style":
                outline = _levels(element)
            soft = soft or tag == "soft-page-break"
    return _Parts({name: _style(name, raw) for name in raw}, lists, outline, soft)


def _style(name: str, raw: dict[str, Any]) -> _Style:
    result = _Style(breaks=_breaks(raw[name]))
    for _ in range(_DEEPEST):
        element = raw.get(name)
        if element is None:
            break
        text = _first(element, "text-properties")
        weight = "" if text is None else _get(text, "font-weight")
        struck = "" if text is None else _get(text, "text-line-through-style")
        shown = "" if text is None else _get(text, "display")
        outline = _get(element, "default-outline-level")
        result = result._replace(
            bold=_is_bold(weight) if result.bold is None and weight else result.bold,
            outline=_number(outline) if result.outline is None and outline else result.outline,
            list=result.list or _get(element, "list-style-name"),
            hidden=result.hidden or shown == "none" or struck not in {"", "none"},
        )
        name = _get(element, "parent-style-name")
    return result


def _is_bold(weight: str) -> bool:
    return weight == "bold" or (weight.isdigit() and int(weight[:4]) >= 600)


def _breaks(element: Any) -> bool:
    """Whether paragraphs of this style begin a new page."""
    own = _first(element, "paragraph-properties")
    return bool(_get(element, "master-page-name")) or (
        own is not None and _get(own, "break-before") == "page"
    )


def _levels(element: Any) -> dict[int, Level]:
    return {_number(_get(e, "level")) - 1: _level(e) for e in element if _get(e, "level")}


def _level(element: Any) -> Level:
    if "bullet" in _tag(element) or "image" in _tag(element):
        return Level(BULLET)
    style = _get(element, "num-format")
    if not style:
        return Level("")
    at = _number(_get(element, "level"), most=9)
    shown = max(1, min(_number(_get(element, "display-levels")), at))
    numbers = ".".join(f"%{n}" for n in range(at - shown + 1, at + 1))
    # Percent signs of the file's own are no places for numbers.
    before = _get(element, "num-prefix").replace("%", "")
    after = _get(element, "num-suffix").replace("%", "")
    start = _get(element, "start-value")
    return Level(
        style if style in {"1", "a", "A", "i", "I"} else "1",
        f"{before}{numbers}{after}",
        _number(start, most=100_000) if start else 1,
    )


# -- blocks ---------------------------------------------------------------------------------------


def _blocks(container: Any, state: _State) -> Iterator[Draft]:
    """The drafts of a body, cell, text box or note, in their order."""
    for element in container:
        tag = _tag(element)
        if tag in {"p", "h"}:
            yield from _paragraph(element, state)
        elif tag == "list":
            yield from _list(element, state)
        elif tag == "table":
            yield from _table(element, state)
        elif tag == "soft-page-break":
            state.page += 1
        elif tag in _LEFT_OUT or tag.endswith("-index") or tag == "table-of-content":
            continue
        elif tag == "frame":
            yield from _boxed(element, state)
        elif tag != "section" or _get(element, "display") != "none":
            yield from _blocks(element, state)


def _paragraph(element: Any, state: _State) -> Iterator[Draft]:
    style = state.parts.styles.get(_get(element, "style-name"), _Style())
    if style.breaks and not state.parts.soft:
        state.page += 1
    line = _Line([], state.page, [bool(style.bold)])
    _inline(element, line, state)
    draft = Draft(
        "".join(text for text, _ in line.pieces),
        page=line.page,
        bold=bold_throughout(line.pieces),
    )
    if draft.text.strip():
        yield _told(draft, element, state=state)
    yield from line.after


def _told(draft: Draft, element: Any, *, state: _State) -> Draft:
    level = _number(_get(element, "outline-level"), 1, most=10) if _tag(element) == "h" else 0
    if level:
        return draft._replace(
            kind="heading", level=level, number=_heading_mark(level, element, state)
        )
    if state.open and state.open[-1].mark:
        mark, state.open[-1].mark = state.open[-1].mark, ""
        return draft._replace(kind="item", number=mark, level=min(len(state.open), 9))
    return draft


def _heading_mark(level: int, element: Any, state: _State) -> str:
    """The number of a heading, from its list or from the outline."""
    if state.open:
        mark, state.open[-1].mark = state.open[-1].mark, ""
        return "" if mark == BULLET else mark
    if _get(element, "is-list-header") == "true" or not state.parts.outline:
        return ""
    mark = advance(state.headings, level - 1, state.parts.outline)
    return "" if mark == BULLET else mark


def _list(element: Any, state: _State) -> Iterator[Draft]:
    """The items of a list; an inner list counts within the outer one."""
    outer = state.open[-1] if state.open else None
    name = _get(element, "style-name")
    levels = state.parts.lists.get(name) if name or outer is None else outer.levels
    key = _get(element, "continue-list") or (
        name if _get(element, "continue-numbering") == "true" else ""
    )
    counts = outer.counts if outer else list(state.ended.get(key, ())) if key else []
    depth = len(state.open)
    own = _Open(levels or {}, counts)
    state.open.append(own)
    for item in element:
        if _tag(item) == "list-item":
            start = _get(item, "start-value")
            if start:
                del counts[depth:]
                counts += [None] * (depth - len(counts)) + [_number(start, most=100_000) - 1]
            inner_only = next((_tag(child) for child in item), "") == "list"
            own.mark = "" if inner_only else advance(counts, depth, own.levels)
        yield from _blocks(item, state)
    state.open.pop()
    for place in (name, _get(element, "id")):
        state.ended[place] = list(counts)


# -- inside a paragraph ---------------------------------------------------------------------------


def _inline(element: Any, line: _Line, state: _State) -> None:
    _add(element.text, line)
    for child in element:
        _piece(child, line, state)
        _add(child.tail, line)


def _add(text: str | None, line: _Line) -> None:
    if text:
        line.pieces.append((text, line.bold[-1]))


def _piece(element: Any, line: _Line, state: _State) -> None:
    tag = _tag(element)
    if tag in {"s", "tab", "line-break"}:
        _add(" ", line)
    elif tag == "soft-page-break":
        state.page += 1
        if not any(text.strip() for text, _ in line.pieces):
            line.page = state.page
    elif tag == "note":
        body = _first(element, "note-body")
        drafts = () if body is None else _boxed(body, state)
        line.after += [draft._replace(kind="note", level=0) for draft in drafts]
    elif tag in {"frame", "custom-shape", "rect", "ellipse", "g"}:
        line.after += _boxed(element, state)
    elif tag == "span":
        _span(element, line, state)
    elif tag not in _LEFT_OUT:
        _inline(element, line, state)


def _span(element: Any, line: _Line, state: _State) -> None:
    style = state.parts.styles.get(_get(element, "style-name"), _Style())
    if style.hidden:
        return
    line.bold.append(line.bold[-1] if style.bold is None else style.bold)
    _inline(element, line, state)
    line.bold.pop()


def _boxed(element: Any, state: _State) -> list[Draft]:
    """What a container within a paragraph holds; the list around it does not number it."""
    outer, state.open = state.open, []
    drafts = list(_blocks(element, state))
    state.open = outer
    return drafts


# -- tables ---------------------------------------------------------------------------------------


def _table(element: Any, state: _State) -> list[Draft]:
    outer, state.open = state.open, []
    rows = list(_rows(element, state, head=False))
    state.open = outer
    return table(rows)


def _rows(element: Any, state: _State, *, head: bool) -> Iterator[list[Cell]]:
    for child in element:
        tag = _tag(child)
        if tag == "table-row":
            yield _row(child, state, head=head)
        elif tag in {"table-header-rows", "table-rows", "table-row-group"}:
            yield from _rows(child, state, head=head or tag == "table-header-rows")
        elif tag == "soft-page-break":
            state.page += 1


def _row(row: Any, state: _State, *, head: bool) -> list[Cell]:
    cells = []
    page = last = state.page
    for cell in row:
        if _tag(cell) != "table-cell":
            continue
        state.page = page
        drafts = tuple(_blocks(cell, state))
        last = max(last, state.page)
        columns = _number(_get(cell, "number-columns-spanned"), most=MOST_COLUMNS)
        rows = _number(_get(cell, "number-rows-spanned"), most=65_534)
        repeats = _number(_get(cell, "number-columns-repeated"), most=MOST_COLUMNS)
        cells += [Cell(drafts, columns, rows, head)] * max(1, repeats)
    state.page = last
    return cells
