"""A web page as blocks: its text without menus, scripts and forms; nothing is fetched or run.

libxml2 repairs the markup; one walk over the tree without recursion makes the blocks, so that no
depth of nesting can stop it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aligner.errors import NoText, TooLarge
from aligner.ingest.archive import library
from aligner.ingest.encoding import decoded
from aligner.ingest.flow import Draft, bold_throughout, finished
from aligner.ingest.grid import MOST_COLUMNS, Cell, table
from aligner.ingest.numbering import BULLET, formatted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.model import Block

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption"
    " figure footer form header hr html legend li main nav p pre section summary table tbody td"
    " tfoot th thead tr".split()
) | {*_HEADINGS, *_LISTS}
# No text of the page, or text that somebody struck out.
_LEFT_OUT = frozenset(
    "head script style template noscript svg math iframe object embed canvas audio video map select"
    " textarea button datalist dialog nav rt rp del s strike title meta link".split()
)
_FURNITURE = frozenset("navigation search banner contentinfo complementary menu menubar".split())
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NOTE_MARK = re.compile(r"[\[(]?\s*(?:\d{1,3}|[*†‡§]|[ivx]{1,4}|[a-z])\s*[\])]?")
_BACK = re.compile(r"[\s↩↑⏎^\ufe0e\[\]]*|back|return", re.IGNORECASE)
_ENDED = re.compile(r"(?:[^\W\d_]{3}|[.,;:!?\"”’)\]])$")
_DIGITS = re.compile(r"\d{1,3}(?:\s*,\s*\d{1,3})*")


@dataclass
class _List:
    """An open list: the style of its numbers ("" for bullets) and the number of the next item."""

    style: str
    next: int = 1


@dataclass
class _Table:
    """An open table: its rows, and where the text goes that stands between its cells."""

    around: list[Draft]
    rows: list[list[Cell]] = field(default_factory=list)
    cell: tuple[int, int, bool] = (1, 1, False)
    heading: bool = False
    lists: list[_List] = field(default_factory=list)


@dataclass
class _State:
    """What is open at a place of the tree, and the text of the paragraph read last."""

    notes: frozenset[str]
    out: list[Draft] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    level: int = 0
    bold: int = 0
    note: int = 0
    pre: int = 0
    lists: list[_List] = field(default_factory=list)
    mark: str = ""
    tables: list[_Table] = field(default_factory=list)


def read_html(data: bytes, *, name: str) -> tuple[Block, ...]:
    """The blocks of a web page; where it says what its main part is, only of that.

    Raises:
        InputError: it holds no text, or is nested deeper than any page is.
    """
    return from_markup(decoded(data, name=name), name=name)


def from_markup(text: str, *, name: str) -> tuple[Block, ...]:
    """The blocks of a page given as text."""
    root = _parsed(text, name)
    main = _main(root)
    state = _State(_note_targets(main))
    _walk(main, state)
    _flush(state)
    while state.tables:  # a table that is never closed
        _close_table(state)
    return finished(state.out)


def _parsed(text: str, name: str) -> Any:
    etree = library("lxml.etree", name=name)
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    data = text.replace("\0", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise NoText(f"{name} holds no text.", "Check that it is the right file.")
    # libxml2 drops what is nested deeper than 2,048 elements; a policy must not lose its end so.
    if any("depth" in entry.message for entry in parser.error_log):
        raise TooLarge(
            f"{name} is nested deeper than 2,000 elements.",
            "Open it in a browser and print it to a PDF.",
        )
    return root


def _main(root: Any) -> Any:
    """The element that the page calls its main part, when it holds most of the words."""
    found = [e for e in root.iter("main", "article") if not _dropped(e)]
    found += [e for e in root.iter() if e.get("role") == "main"]
    if not found:
        return root
    best = max(found, key=_words)
    return best if 2 * _words(best) >= _words(root) else root


def _words(element: Any) -> int:
    return sum(
        len(own.text.split()) + (len(own.tail.split()) if own.tail else 0)
        for own in element.iter("p", "li", "td", "th", "div", *_HEADINGS)
        if own.text
    )


def _note_targets(root: Any) -> frozenset[str]:
    """The ids of the footnotes: where marks like [1] and raised numbers lead."""
    return frozenset(e.get("href")[1:] for e in root.iter("a") if _is_note_mark(e))


def _is_note_mark(link: Any) -> bool:
    href = link.get("href") or ""
    if not href.startswith("#") or len(href) < 2:
        return False
    if link.get("role") == "doc-noteref":
        return True
    raised = link.getparent() is not None and link.getparent().tag == "sup"
    raised = raised or any(child.tag == "sup" for child in link)
    return raised and bool(_NOTE_MARK.fullmatch(_text(link).strip()))


def _text(element: Any) -> str:
    return "".join(element.itertext())


def _dropped(element: Any) -> bool:
    """Whether an element is no text of the document: menus, scripts, hidden parts."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _LEFT_OUT or element.get("role") in _FURNITURE:
        return True
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if _INVISIBLE.search(element.get("style") or ""):
        return True
    if tag in {"header", "footer", "aside"}:
        return _is_frame(element)
    return tag in _LISTS and _is_menu(element)


def _is_frame(element: Any) -> bool:
    """Whether a header or footer is the site's, not that of an article; footnotes are neither."""
    if element.get("role") in {"doc-footnote", "doc-endnote"} or element.find(".//h1") is not None:
        return False
    return not any(up.tag in {"main", "article", "section"} for up in element.iterancestors())


def _is_menu(element: Any) -> bool:
    """Whether every item of a list is a link and no more: a menu or a table of contents."""
    items = [child for child in element if child.tag == "li"]
    if len(items) < 3:
        return False
    for item in items:
        linked = sum(len(_text(link).strip()) for link in item.iter("a"))
        if not linked or linked < 0.9 * len(_text(item).strip()) - 6:
            return False
    return True


# -- the walk -------------------------------------------------------------------------------------


def _walk(root: Any, state: _State) -> None:
    """Open and close the elements in their order, without recursion."""
    open_elements: list[tuple[Any, Iterator[Any]]] = [(root, iter(root))]
    _open(root, state)
    while open_elements:
        element, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
            _close(element, state)
            if open_elements:
                _add(element.tail, state)
        elif _skipped(child, state):
            _add(child.tail, state)
        else:
            open_elements.append((child, iter(child)))
            _open(child, state)


def _skipped(element: Any, state: _State) -> bool:
    if _dropped(element):
        return True
    tag = element.tag
    if tag == "a":
        back = state.note and (element.get("href") or "").startswith("#")
        return _is_note_mark(element) or bool(back and _BACK.fullmatch(_text(element)))
    return tag == "sup" and _is_bare_mark(element, state)


def _is_bare_mark(element: Any, state: _State) -> bool:
    """Whether a raised number without a link follows a word: "workers³", but not "km²"."""
    before = "".join(text[-9:] for text, _ in state.pieces[-2:])
    return bool(_DIGITS.fullmatch(_text(element).strip())) and bool(_ENDED.search(before))


def _open(element: Any, state: _State) -> None:
    tag = element.tag
    if tag in _BLOCKS:
        _flush(state)
    if _is_note(element, state):
        state.note += 1
    if tag in _HEADINGS:
        state.level = _HEADINGS[tag]
    elif tag in {"b", "strong", "th", "dt"}:
        state.bold += 1
    elif tag == "pre":
        state.pre += 1
    elif tag in _LISTS:
        _open_list(element, state)
    elif tag == "li":
        _open_item(element, state)
    elif tag == "br":
        _break(state)
    _open_table_part(element, state)
    _add(element.text, state)


def _close(element: Any, state: _State) -> None:
    tag = element.tag
    if tag in _BLOCKS:
        _flush(state)
    if _is_note(element, state):
        state.note -= 1
    if tag in _HEADINGS:
        state.level = 0
    elif tag in {"b", "strong", "th", "dt"}:
        state.bold -= 1
    elif tag == "pre":
        state.pre -= 1
    elif tag in _LISTS and state.lists:
        state.lists.pop()
    elif tag == "li":
        state.mark = ""
    if tag in {"td", "th"}:
        _close_cell(state)
    elif tag == "table" and state.tables:
        _close_table(state)


def _is_note(element: Any, state: _State) -> bool:
    if element.get("role") in {"doc-footnote", "doc-endnote", "doc-endnotes"}:
        return True
    return bool(state.notes) and element.tag in _BLOCKS and element.get("id") in state.notes


def _add(text: str | None, state: _State) -> None:
    if text and state.pre and re.search(r"\n\s*\n", text):
        for number, part in enumerate(re.split(r"\n\s*\n", text)):
            if number:
                _flush(state)
            state.pieces.append((part, bool(state.bold)))
    elif text:
        state.pieces.append((text, bool(state.bold)))


def _break(state: _State) -> None:
    """One break is a space; two in a row begin a new paragraph."""
    if state.pieces and state.pieces[-1][0] == "\n":
        _flush(state)
    else:
        state.pieces.append(("\n", bool(state.bold)))


def _flush(state: _State) -> None:
    pieces, state.pieces = state.pieces, []
    text = "".join(piece for piece, _ in pieces)
    if not text.strip():
        return
    draft = Draft(text, bold=bold_throughout(pieces))
    if state.note:
        draft = draft._replace(kind="note", bold=False)
    elif state.level:
        draft = draft._replace(kind="heading", level=state.level)
    elif state.lists:
        depth = min(len(state.lists), 9)
        draft = draft._replace(kind="item", number=state.mark, level=depth)
        state.mark = ""
    state.out.append(draft)


# -- lists and tables -----------------------------------------------------------------------------


def _whole(text: str | None, default: int, *, most: int = 100_000) -> int:
    try:
        return max(0, min(int(text or default), most))
    except ValueError:
        return default


def _open_list(element: Any, state: _State) -> None:
    ordered = element.tag == "ol"
    style = (element.get("type") or "1") if ordered else ""
    style = style if style in {"1", "a", "A", "i", "I", ""} else "1"
    state.lists.append(_List(style, _whole(element.get("start"), 1)))


def _open_item(element: Any, state: _State) -> None:
    if not state.lists:
        state.mark = BULLET
        return
    own = state.lists[-1]
    number = _whole(element.get("value"), own.next)
    own.next = number + 1
    state.mark = f"{formatted(number, own.style)}." if own.style else BULLET


def _open_table_part(element: Any, state: _State) -> None:
    tag = element.tag
    if tag == "table":
        state.tables.append(_Table(state.out, lists=state.lists))
        state.lists = []
        return
    if not state.tables:
        return
    current = state.tables[-1]
    if tag in {"thead", "tbody", "tfoot"}:
        current.heading = tag == "thead"
    elif tag == "tr":
        current.rows.append([])
    elif tag in {"td", "th"}:
        if not current.rows:
            current.rows.append([])
        columns = _whole(element.get("colspan"), 1, most=MOST_COLUMNS)
        rows = _whole(element.get("rowspan"), 1) or 65_534  # 0: down to the end
        current.cell = (columns, rows, tag == "th" or current.heading)
        state.out, state.lists = [], []


def _close_cell(state: _State) -> None:
    if not state.tables or state.out is state.tables[-1].around:
        return
    current = state.tables[-1]
    columns, rows, head = current.cell
    current.rows[-1].append(Cell(tuple(state.out), columns, rows, head))
    state.out = current.around


def _close_table(state: _State) -> None:
    _close_cell(state)
    closed = state.tables.pop()
    state.out, state.lists = closed.around, closed.lists
    state.out += table([row for row in closed.rows if row])
