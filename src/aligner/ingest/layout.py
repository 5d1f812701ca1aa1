"""From lines on pages to the blocks of a document: headings, paragraphs, items, table rows, notes.

Pure functions on plain data: order of reading, furniture out, lines to paragraphs, paragraphs
joined over columns and pages, kinds and levels. No engine is imported here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from aligner.ingest import figures, furniture, rows, unruled
from aligner.ingest.boxes import boxes
from aligner.ingest.columns import regions
from aligner.ingest.page import LINE_HYPHEN, Line, Page, Rule, turned
from aligner.ingest.paragraphs import (
    Row,
    is_article,
    is_bullet,
    leading,
    level_rows,
    merged,
    paragraphs,
)
from aligner.ingest.tables import Table, tables
from aligner.ingest.words import Vocabulary, clean, join, vocabulary
from aligner.model import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.model import BlockKind, Box

_Box = tuple[float, float, float, float]
_ENDED = re.compile(r"[.!?;:][\"”’»)\]]*\d{0,3}$")
_HEAD_END = re.compile(r"[;,.]$|\b(?:and|or)$")
_PART = re.compile(
    r"(?:(?:chapter|part|title|annex|appendix|objective|pillar|goal|priority|strategic \w+"
    r"|capítulo|título"
    r"|chapitre|titre|annexe|anexo|partie|parte)\s+(?:\d{1,3}|(?-i:[IVXL]{1,5}|[A-Z])))\b",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"\(?(?:[a-z]{1,4}|\d{1,3})\)|[a-z]{1,4}\.")
_NOTE_START = re.compile(r"\d{1,3}\b|\(\s*[\d*]{0,3}\s*\)|[*†‡§]|[Ss]ource|[Nn]otes?\b|N\.B\.|©")
_CAPTION = re.compile(
    r"(?:table|tableau|tabla|cuadro|quadro|tabela|figure|figura|gráfico|graphique|chart|matrix|matriz)"
    r"\s+(?:[A-Z]{1,2}[-.]?)?\d{1,3}(?:[.-]\d{1,3})*[a-z]?\s*(?:[.:–—|(-]|$|(?=[A-ZÀ-Ý]))",
    re.IGNORECASE,
)
_CAPTION_WORDS = 40
_NOTE_MARK = re.compile(r"(\d{1,3})[.)]?\s+\S")
_STUCK = re.compile(
    r"(?<=[^\W\d_]{3}[.,;:”\"’)])\d{1,3}(?=[\s,;]|$)"
    r"|(?<=[^\W\d_]{4})\d{1,3}(?=[\s.,;:]|$)"
    r"|(?<=\b(?:19|20)\d\d)\d{1,3}(?=[\s.,;]|$)"
)
_LETTER = re.compile(r"[^\W\d_]")


class _Run(NamedTuple):
    """Paragraphs of one column, or a table: what is read without a break."""

    page: int
    left: float
    blocks: tuple[tuple[Row, ...], ...] = ()
    table: Table | None = None
    aside: Literal["", "box", "sideways"] = ""


class _Style(NamedTuple):
    """The size most of the text is set in, whether it is bold, its leading."""

    size: float
    bold: bool
    leading: float


class _Draft(NamedTuple):
    """A block in the making: its rows, what it is, and, for a table row, the block itself."""

    rows: tuple[Row, ...]
    kind: BlockKind
    left: float
    ready: Block | None = None
    aside: bool = False


def lay_out(pages: Sequence[Page]) -> list[Block]:
    """The blocks of a document in reading order."""
    upright = [_upright(page) for page in pages]
    lines = furniture.without_watermarks([_cleaned(page) for page in upright])
    found = [tables(own, page.rules) for own, page in zip(lines, upright, strict=True)]
    known = vocabulary(line.text for own in lines for line in own)
    runs = _runs(upright, found)
    style = _style(runs)
    drafts = _drafts(runs, style, known)
    blocks = _unnoted(_captioned(_blocks(_joined(drafts), known)))
    turns = {page.number: (page, _turn(page)) for page in pages}
    return [_turned_back(block, turns) for block in _without_cover(blocks)]


# -- pages ----------------------------------------------------------------------------------------


def _turn(page: Page) -> int:
    """The quarter turns of most of the text of a page."""
    turns: Counter[int] = Counter()
    for line in page.lines:
        turns[line.turn] += len(line.text)
    return max(turns, key=lambda turn: (turns[turn], -turn)) if turns else 0


def _upright(page: Page) -> Page:
    """The page turned so that most of its text can be read."""
    turn = _turn(page)
    if not turn:
        return page
    width, height = (page.height, page.width) if turn % 2 else (page.width, page.height)
    size = page.width, page.height
    lines = tuple(
        Line(*turned(one[:4], size, turn), *one[4:7], (one.turn - turn) % 4, one.run_in)
        for one in page.lines
    )
    rules_ = tuple(Rule(*turned(rule, size, turn)) for rule in page.rules)
    return Page(page.number, width, height, lines, rules_, page.picture)


def _turned_back(block: Block, turns: dict[int, tuple[Page, int]]) -> Block:
    boxes: list[Box] = []
    for number, x0, y0, x1, y1 in block.boxes:
        page, turn = turns[number]
        box = (x0, y0, x1, y1)
        if turn:
            width, height = (page.height, page.width) if turn % 2 else (page.width, page.height)
            box = turned(box, (width, height), (4 - turn) % 4)
        boxes.append((number, *_clipped(box, page)))
    # replace() takes four times as long, and there are ten thousand blocks.
    return Block(
        block.text,
        block.kind,
        block.page,
        block.level,
        tuple(boxes),
        block.number,
        block.context,
        block.fields,
    )


def _clipped(box: tuple[float, float, float, float], page: Page) -> _Box:
    """The part of a box that lies on the page, to a tenth of a point."""
    x0, x1 = (round(min(max(0.0, x), page.width), 1) for x in (box[0], box[2]))
    y0, y1 = (round(min(max(0.0, y), page.height), 1) for y in (box[1], box[3]))
    return x0, y0, x1, y1


def _cleaned(page: Page) -> list[Line]:
    result = []
    for line in page.lines:
        text = clean(line.text)
        if text:
            result.append(line if text == line.text else line._replace(text=text))
    return result


# -- reading order --------------------------------------------------------------------------------


def _runs(pages: Sequence[Page], found: Sequence[tuple[list[Table], list[Line]]]) -> list[_Run]:
    texts = [rest for _, rest in found]
    result: list[_Run] = []
    last: Table | None = None
    for page, (grids, rest), out in zip(pages, found, furniture.running(pages, texts), strict=True):
        kept = [line for i, line in enumerate(rest) if i not in out and not line.turn]
        free, kept = unruled.tables(kept, last)
        last = _open_table(free, kept)
        counted, kept = figures.tables(kept)
        framed, kept = boxes(page, kept)
        pieces = [_row(page, line) for line in kept]
        result += _page_runs(page, level_rows(pieces), [*grids, *free, *counted])
        across = [line for i, line in enumerate(rest) if i not in out and line.turn]
        result += _sideways(page, across)
        for own in framed:
            inside = tuple(merged(level_rows([_row(page, line) for line in own])))
            result.append(_Run(page.number, inside[0].x0, (inside,), aside="box"))
    return result


def _sideways(page: Page, lines: Sequence[Line]) -> list[_Run]:
    """Text that stands across the page, outside tables: kept, but no part of what is read."""
    result = []
    for turn in (1, 2, 3):
        own = [line for line in lines if line.turn == turn]
        own.sort(key=lambda line: line.x0 * (turn - 2) if turn != 2 else -line.y0)
        if own:
            rows_ = tuple(_row(page, line) for line in own)
            result.append(_Run(page.number, own[0].x0, (rows_,), aside="sideways"))
    return result


def _open_table(found: Sequence[Table], rest: Sequence[Line]) -> Table | None:
    """The table without rulings at the foot of a page: nothing stands below it."""
    if not found:
        return None
    foot = max(found, key=lambda table: table.y1)
    return foot if all(line.y1 < foot.y1 + 2 for line in rest) else None


def _row(page: Page, line: Line) -> Row:
    x0, y0, x1, y1, size, text, bold, _, run_in = line
    return Row(page.number, x0, y0, x1, y1, size or 1.0, text, bold, run_in=run_in)


def _page_runs(page: Page, pieces: list[Row], grids: list[Table]) -> list[_Run]:
    columns: list[list[Row | Table]] = regions([*pieces, *grids])
    rows_of = [[item for item in column if isinstance(item, Row)] for column in columns]
    lines = [merged(own) for own in rows_of]
    flat = [row for own in lines for row in own]
    drop = furniture.contents([f"{row.mark} {row.text}" for row in flat])
    dropped = {id(flat[i]) for i in drop}
    result: list[_Run] = []
    for column, own in zip(columns, lines, strict=True):
        kept = [row for row in own if id(row) not in dropped]
        result += _pieces(page, kept, [item for item in column if isinstance(item, Table)])
    return result


def _pieces(page: Page, lines: list[Row], grids: list[Table]) -> list[_Run]:
    """The lines of a column cut where a table stands between them."""
    left = min((row.x0 for row in lines), default=0.0)
    result: list[_Run] = []
    for grid in sorted(grids, key=lambda table: table.y0):
        above = [row for row in lines if row.base <= grid.y0 + 2]
        lines = lines[len(above) :]
        if above:
            result.append(_Run(page.number, left, (tuple(above),)))
        result.append(_Run(page.number, left, table=grid))
    return [*result, _Run(page.number, left, (tuple(lines),))] if lines else result


def _style(runs: Iterable[_Run]) -> _Style:
    sizes: Counter[float] = Counter()
    weights: Counter[bool] = Counter()
    lines: list[Row] = []
    for run in runs:
        for block in run.blocks:
            lines += block
            for row in block:
                sizes[round(row.size * 2) / 2] += len(row.text)
                weights[row.bold] += len(row.text)
    size = max(sizes, key=lambda s: (sizes[s], s)) if sizes else 10.0
    body = [row for row in lines if abs(row.size - size) < 0.6]
    return _Style(size, weights[True] > weights[False], leading(body))


# -- blocks ---------------------------------------------------------------------------------------


def _drafts(runs: Sequence[_Run], style: _Style, known: Vocabulary) -> list[_Draft]:
    result: list[_Draft] = []
    ready = rows.blocks([(run.page, run.table) for run in runs if run.table], known)
    for run in runs:
        if run.table is not None:
            result += [_Draft((), b.kind, run.left, b) for b in ready.get(id(run.table), ())]
            continue
        if run.aside == "sideways":
            result += [_Draft(lines, "note", run.left, aside=True) for lines in run.blocks]
            continue
        for lines in run.blocks:
            usual = leading(lines) if len(lines) > 12 else style.leading
            groups = paragraphs(lines, usual=min(usual, style.leading * 1.4))
            kinds = _kinds(groups, style, run.left)
            result += [_boxed(draft) for draft in kinds] if run.aside else kinds
    return result


def _boxed(draft: _Draft) -> _Draft:
    """A block of a box beside the text: its title heads nothing that follows outside."""
    kind: BlockKind = "paragraph" if draft.kind == "heading" else draft.kind
    return draft._replace(kind=kind, aside=True)


def _kinds(groups: list[list[Row]], style: _Style, left: float) -> list[_Draft]:
    result = []
    notes = _notes(groups)
    groups = [*groups[:notes], *(own for group in groups[notes:] for own in _each_note(group))]
    for index, group in enumerate(groups):
        if index >= notes:
            kind: BlockKind = "note"
        elif _is_heading(group, style):
            kind = "note" if _is_caption(_words(group)) else "heading"
        else:
            kind = "item" if group[0].mark else "paragraph"
        result.append(_Draft(tuple(group), kind, left))
    return result


def _each_note(group: list[Row]) -> list[list[Row]]:
    """The notes that stand below one another without a gap: 1, 2, 3."""
    result = [group[:1]]
    for row in group[1:]:
        number, before = (
            _NOTE_MARK.match(f"{r.mark} {r.text}".strip()) for r in (row, result[-1][0])
        )
        if number and before and int(number[1]) == int(before[1]) + 1:
            result.append([row])
        else:
            result[-1].append(row)
    return result


def _notes(groups: Sequence[Sequence[Row]]) -> int:
    """Where the footnotes of a column begin: small print at its foot that starts with a mark."""
    sizes: Counter[float] = Counter()
    for group in groups:
        for row in group:
            sizes[row.size] += len(row.text)
    usual = max(sizes, key=lambda size: (sizes[size], size)) if sizes else 0.0
    first = len(groups)
    for index in range(len(groups) - 1, -1, -1):
        row = groups[index][0]
        if row.size >= 0.93 * usual:
            break
        if row.mark or _NOTE_START.match(row.text):
            first = index
    return first


def _is_heading(group: Sequence[Row], style: _Style) -> bool:
    """Whether a paragraph is set apart by size, weight or capitals, or numbered as a part."""
    text = " ".join(row.text for row in group)
    first, count = group[0], len(text.split())
    much = first.size > 1.25 * style.size
    larger = first.size > 1.07 * style.size
    bold = all(row.bold for row in group) and not style.bold
    if len(group) > 5 or count > (40 if much else 25) or not _may_head(first, text):
        return False
    if text.endswith(":") and not larger and not (bold and count < 7):
        return False
    if _HEAD_END.search(text) and not much and (not bold or count > 12):
        return False
    return larger or bold or is_article(text) or (count < 16 and _names_part(first, text))


def _words(group: Sequence[Row]) -> str:
    return " ".join(f"{row.mark} {row.text}".strip() for row in group)


def _is_caption(text: str) -> bool:
    """Whether a text is the caption of a table or a figure: it heads rows, no section."""
    return bool(_CAPTION.match(text)) and len(text.split()) <= _CAPTION_WORDS


def _captioned(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the captions of tables in the context of their rows."""
    result: list[Block] = []
    caption = ""
    for index, block in enumerate(blocks):
        after = blocks[index + 1].kind if index + 1 < len(blocks) else ""
        if block.kind == "row" or block.context:
            context = (caption, *block.context) if caption else block.context
            result.append(replace(block, context=context))
        elif block.kind in {"note", "paragraph"} and _is_caption(block.text):
            own = block.kind == "note" or after == "row"
            result.append(replace(block, kind="note") if own else block)
            caption = block.text if own else ""
        else:
            result.append(block)
            caption = caption if block.kind == "note" else ""
    return result


def _unnoted(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without the marks of the notes on their page, which stick to a word ("law.2")."""
    notes: dict[int, set[str]] = {}
    for block in blocks:
        mark = _NOTE_MARK.match(f"{block.number} {block.text}".strip())
        if block.kind == "note" and mark:
            notes.setdefault(block.page, set()).add(mark[1])
    return [_without_marks(b, notes) if b.kind in {"paragraph", "item"} else b for b in blocks]


def _without_marks(block: Block, notes: dict[int, set[str]]) -> Block:
    known = set().union(*(notes.get(box[0], ()) for box in block.boxes))
    if not known:
        return block
    text = _STUCK.sub(lambda found: "" if found[0] in known else found[0], block.text)
    return block if text == block.text else replace(block, text=text)


def _may_head(first: Row, text: str) -> bool:
    letters = len(_LETTER.findall(text)) >= 3
    return letters and not is_bullet(first.mark) and not text[:1].islower()


def _names_part(first: Row, text: str) -> bool:
    """Whether the words alone make a heading: capitals, or "Chapter 3"; list items never do."""
    if _LIST_MARK.fullmatch(first.mark):
        return False
    return (text.isupper() and len(text) > 5) or bool(_PART.match(text))


def _joined(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Paragraphs that a column or page break cut in two, put together again."""
    result: list[_Draft] = []
    open_at: int | None = None
    for draft in drafts:
        if open_at is not None and not draft.aside and _continues(result[open_at], draft):
            before = result[open_at]
            result[open_at] = before._replace(rows=before.rows + draft.rows)
            continue
        result.append(draft)
        if not draft.aside and draft.kind in {"paragraph", "item", "heading"}:
            open_at = len(result) - 1
    return result


def _continues(before: _Draft, after: _Draft) -> bool:
    """Whether a paragraph goes on with the one before it, over a break of column or page."""
    if not after.rows or after.kind != "paragraph" or before.kind == "heading":
        return False
    last, first = before.rows[-1], after.rows[0]
    moved = first.page != last.page or first.base < last.base - 2
    if not _alike(last, first):
        return False
    ended = bool(_ENDED.search(last.text))
    if not moved:
        return first.text[:1].islower() and last.text.endswith(LINE_HYPHEN)
    if last.text.endswith(LINE_HYPHEN):
        return True
    return not ended or _hangs(before, after)


def _alike(last: Row, first: Row) -> bool:
    near = first.page - last.page <= 2 and abs(first.size - last.size) <= 0.1 * last.size
    return near and not first.mark and (last.bold or not first.bold)


def _hangs(before: _Draft, after: _Draft) -> bool:
    """Whether the lines after a break stand under the text of the item, not under its mark."""
    item, first = before.rows[0], after.rows[0]
    if not item.mark:
        return False
    texts = [row.x0 for row in before.rows[1:] if row.page == item.page] or [item.body]
    inset = texts[0] - before.left
    return inset > 8 and abs((first.x0 - after.left) - inset) < 3


def _blocks(drafts: Sequence[_Draft], known: Vocabulary) -> list[Block]:
    levels = _levels([draft for draft in drafts if draft.kind == "heading"])
    result = []
    for draft in drafts:
        if draft.ready is not None:
            result.append(draft.ready)
            continue
        first = draft.rows[0]
        text = join([row.text for row in draft.rows], known)
        heading = draft.kind == "heading"
        result.append(
            Block(
                text=f"{first.mark} {text}" if heading and first.mark else text,
                kind=draft.kind,
                page=first.page,
                level=levels[_look(draft)] if heading else 0,
                boxes=_boxes(draft.rows),
                number=first.mark,
            )
        )
    return [block for block in result if block.text]


def _look(draft: _Draft) -> tuple[float, bool, bool, int]:
    """What sets one kind of heading apart from another, highest first when sorted."""
    row = draft.rows[0]
    text = " ".join(r.text for r in draft.rows)
    # "Abbreviations" ranks with "4. Measures" of the same look, not above it.
    depth = len(re.findall(r"\d+", row.mark)) if re.match(r"\d", row.mark) else 1
    return -round(row.size * 2) / 2, not row.bold, not text.isupper(), depth


def _levels(headings: Sequence[_Draft]) -> dict[tuple[float, bool, bool, int], int]:
    looks = sorted({_look(draft) for draft in headings})
    return {look: level for level, look in enumerate(looks, start=1)}


def _boxes(lines: Sequence[Row]) -> tuple[Box, ...]:
    """One box for each stretch of lines that stand below one another."""
    result: list[list[float]] = []
    for row in lines:
        last = result[-1] if result else None
        if last and last[0] == row.page and row.y0 >= last[4] - row.size and row.x0 < last[3]:
            last[1:] = [
                min(last[1], row.x0),
                min(last[2], row.y0),
                max(last[3], row.x1),
                max(last[4], row.y1),
            ]
        else:
            result.append([row.page, row.x0, row.y0, row.x1, row.y1])
    return tuple((int(b[0]), b[1], b[2], b[3], b[4]) for b in result)


def _is_prose(block: Block) -> bool:
    """Whether a block says something: a long one, or a sentence with its end."""
    words = len(block.text.split())
    return words > 30 or (words > 4 and bool(_ENDED.search(block.text)))


def _without_cover(blocks: list[Block]) -> list[Block]:
    """A cover page holds titles, not sections: its lines must not head the whole document."""
    first = [block for block in blocks if block.page == 1]
    if len(first) == len(blocks) or any(_is_prose(block) for block in first):
        return blocks
    return [
        Block(b.text, "note", b.page, 0, b.boxes, b.number)
        if b.page == 1 and b.kind != "row"
        else b
        for b in blocks
    ]
