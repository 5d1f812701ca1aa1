"""Lines become paragraphs, bullets and numbered clauses: where does one end and the next begin?

The rules look at gaps against the usual leading, indents, marks in front, size and weight, and
whether the next word would still have fitted on the line before.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aligner.ingest.page import LINE_HYPHEN

if TYPE_CHECKING:
    from collections.abc import Sequence

_BULLETS = "•●○◦▪■□➢➤►▶‣∙·✓✔❖⮚➔→\uf0b7"
_DASHES = "-–—*"
_MARK = re.compile(
    r"(?:"
    rf"[{_BULLETS}]+|[{_DASHES}]"
    r"|\(?(?:\d{1,3}|[A-Za-z]{1,2}|[ivxIVX]{1,6})\)"
    r"|(?:\d{1,3}\.){1,5}(?:\d{1,3}|[a-z])?\)?:?"
    r"|[A-Z]{1,3}?\d{1,3}(?:\.\d{1,3}){1,4}(?:\([a-z]{1,4}\))*\.?"
    r"|\d{1,3}(?:\.\d{1,3}){1,4}(?:\([a-z]{1,4}\))*\.?"
    r"|\d{1,3}[A-Z]?(?:\([a-z0-9]{1,4}\))+"
    r"|[A-Za-z]\.|[ivxIVX]{1,6}\."
    r"|(?:Article|Art\.|Section|Sec\.|Artículo|Artigo|Clause|Rule|§)\s?\d{1,3}[a-zº°]?\s?[.:)–-]*"
    r")(?=\s|$)"
)
# A mark that stands alone left of its text may also be a bare number or a small "o".
_LONE = re.compile(rf"{_MARK.pattern}|\d{{1,3}}|o|[A-Z]")
_ENDED = re.compile(r"[.;:!?][\"”’»)\]]*\d{0,3}$")
# "Law No." is no end of a sentence, whatever number begins the next line.
_ABBREVIATED = re.compile(
    r"\b(?:nos?|nº|n°|núm|num|art|arts|para|paras|p|pp|vol|cf|sec|ch)\.$", re.IGNORECASE
)
_LISTED = re.compile(r"[,;]\s(?:and|or|y|o|et|ou|e|and/or)$")
_ARTICLE = re.compile(
    r"(?:article|art\.|section|sec\.|artículo|artigo|clause|rule|chapter|part|§)\s?[\dIVXL]{1,5}[a-zº°]?\s?[.:]?",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"[\d*†‡,\s]{1,7}")
_TALLEST = 1.15


class Row(NamedTuple):
    """A line of a page put together from its pieces; `mark` stood in front of it, at `x0`."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    text: str
    bold: bool = False
    mark: str = ""
    body: float = 0.0  # left edge of the text behind the mark
    run_in: bool = False

    @property
    def base(self) -> float:
        """The baseline, from the top of the page."""
        return self.y1 - 0.24 * self.size


def level_rows(pieces: Sequence[Row]) -> list[Row]:
    """Marks join the text to their right; the marks of footnotes within a line go."""
    down = sorted(pieces, key=lambda row: (row.base, row.x0))
    result: list[Row] = []
    for index, row in enumerate(down):
        if _FOOTNOTE.fullmatch(row.text):
            near = [r for r in down[max(0, index - 8) : index + 9] if abs(r.base - row.base) < 9]
            if _is_footnote_mark(row, near):
                continue
        result.append(row)
    return _with_marks(result)


def _is_footnote_mark(row: Row, near: Sequence[Row]) -> bool:
    """Whether a small number hangs on a word; one that begins a line is the mark of a note."""
    beside = [
        other
        for other in near
        if other is not row
        and row.size < 0.82 * other.size
        and other.y0 - 3 < row.base < other.base + 1
    ]
    if any(abs(row.x0 - other.x1) < 4 for other in beside):
        return True
    return any(
        abs(other.x0 - row.x1) < 4 and abs(row.base - other.base) >= 0.4 * other.size
        for other in beside
    )


def _with_marks(rows: list[Row]) -> list[Row]:
    used: set[int] = set()
    result: dict[int, Row] = {}
    for index, row in enumerate(rows):
        if not _LONE.fullmatch(row.text):
            continue
        partner = _partner(index, rows)
        if partner is not None and partner not in used and partner not in result:
            used.add(index)
            text = rows[partner]
            result[partner] = text._replace(
                x0=row.x0,
                y0=min(row.y0, text.y0),
                y1=max(row.y1, text.y1),
                mark=row.text,
                body=text.x0,
            )
    return [result.get(i, row) for i, row in enumerate(rows) if i not in used]


def _partner(index: int, rows: list[Row]) -> int | None:
    """The nearest piece right of a mark on its baseline."""
    mark = rows[index]
    best, chosen = 80.0, None
    for other in range(max(0, index - 12), min(len(rows), index + 13)):
        row = rows[other]
        gap = row.x0 - mark.x1
        if other != index and abs(row.base - mark.base) < 0.4 * row.size and 0 <= gap < best:
            best, chosen = gap, other
    return chosen


def merged(rows: Sequence[Row]) -> list[Row]:
    """Pieces of one column that share a baseline become one line, left to right."""
    result: list[Row] = []
    for row in sorted(rows, key=lambda r: (r.base, r.x0)):
        last = result[-1] if result else None
        if last is None or abs(row.base - last.base) > 0.35 * max(row.size, last.size):
            result.append(row)
            continue
        group = sorted((last, row), key=lambda r: r.x0)
        result[-1] = _side_by_side(group[0], group[1])
    return [row if row.mark else _marked(row) for row in result]


def _side_by_side(left: Row, right: Row) -> Row:
    tight = right.x0 - left.x1 < 0.12 * left.size and left.text[-1:].isalnum()
    text = left.text.removesuffix(LINE_HYPHEN) + ("" if tight else " ") + right.text
    # The longer piece speaks for the line: the shorter may be a mark in another size.
    first = left if len(left.text) >= len(right.text) else right
    return left._replace(
        y0=min(left.y0, right.y0),
        y1=first.y1,
        x1=max(left.x1, right.x1),
        size=first.size,
        text=text,
        bold=left.bold and right.bold,
        run_in=left.run_in or (left.bold and not right.bold),
    )


def _marked(row: Row) -> Row:
    """The row with the mark at its beginning told from its text."""
    found = _MARK.match(row.text)
    if not found or len(found.group()) >= len(row.text):
        return row
    mark = found.group()
    share = (len(mark) + 1) / len(row.text)
    return row._replace(
        text=row.text[len(mark) :].lstrip(), mark=mark, body=row.x0 + share * (row.x1 - row.x0)
    )


def _kind(mark: str) -> str:
    return re.sub(r"[A-Za-z]+", "a", re.sub(r"\d+", "1", mark)) if not is_bullet(mark) else "•"


def is_article(text: str) -> bool:
    """Whether a line says "Article 5" and nothing else: then it heads what follows."""
    return bool(_ARTICLE.fullmatch(text))


def is_bullet(mark: str) -> bool:
    """Whether a mark is a bullet, not a number or a letter."""
    return bool(mark) and mark[0] in _BULLETS + _DASHES + "o" and not mark[-1].isdigit()


def leading(rows: Sequence[Row]) -> float:
    """The usual distance of baselines as a multiple of the size (1.2 where nothing can be told)."""
    steps: Counter[float] = Counter()
    seen = 0
    for above, below in pairwise(rows):
        step = below.base - above.base
        if above.page == below.page and abs(above.size - below.size) < 0.6 and step > 0:
            ratio = step / above.size
            if 0.9 < ratio < 2.6:
                steps[round(ratio * 20) / 20] += len(above.text)
                seen += 1
    if not steps:
        return 1.2
    best = max(steps.values())
    # The smallest of the common ones: in lists of one-liners the gap between items is as common.
    usual = min(ratio for ratio, count in steps.items() if count >= 0.4 * best)
    # A few lines tell the gaps between paragraphs as likely as those within.
    return usual if seen >= 12 else min(usual, 1.35)


def paragraphs(rows: Sequence[Row], *, usual: float) -> list[list[Row]]:
    """The rows of one column, top to bottom, as paragraphs."""
    result: list[list[Row]] = []
    for index, row in enumerate(rows):
        window = rows[max(0, index - 6) : index + 6]
        right = max((r.x1 for r in window if abs(r.size - row.size) < 1), default=row.x1)
        if result and not _begins(result[-1], row, usual=usual, right=right):
            result[-1].append(_unmarked(row))
        else:
            result.append([row])
    return result


def _unmarked(row: Row) -> Row:
    """A row within a paragraph: what looks like a mark is a word of it."""
    return row._replace(text=f"{row.mark} {row.text}", mark="") if row.mark else row


def _begins(block: Sequence[Row], row: Row, *, usual: float, right: float) -> bool:
    """Whether a row begins a new paragraph after those of `block`."""
    above = block[-1]
    step = row.base - above.base
    if step > (usual * _TALLEST) * max(above.size, row.size) + 1.0 or step < -1:
        return True
    if abs(row.size - above.size) > 0.08 * max(row.size, above.size):
        return True
    fits = _fits(above, row, right)
    ended = bool(_ENDED.search(above.text)) and not _ABBREVIATED.search(above.text)
    if row.mark and _mark_begins(block, row, ended=ended, fits=fits):
        return True
    if is_article(above.text) and len(block) == 1:
        return True
    if _weight_begins(above, row, ended=ended, fits=fits):
        return True
    return _indent_begins(block, row, ended=ended, fits=fits) or (
        fits and ended and not block[0].bold
    )


def _fits(above: Row, row: Row, right: float) -> bool:
    """Whether the first word of a row would have fitted above: then the break was meant."""
    if above.text.endswith(LINE_HYPHEN):
        return False
    width = (row.x1 - row.x0) / max(1, len(row.text) + len(row.mark))
    word = len((row.mark or row.text).split(" ", 1)[0]) + 2
    return above.x1 + word * width < right


def _mark_begins(block: Sequence[Row], row: Row, *, ended: bool, fits: bool) -> bool:
    first = block[0]
    if is_bullet(row.mark) and row.mark[0] not in _DASHES:
        return True
    if first.mark and abs(row.x0 - first.x0) < 3:
        # In line with the mark above: a list, unless the text itself is flush with its mark.
        hanging = len(block) > 1 and block[1].x0 > first.x0 + 4
        alike = _kind(row.mark) == _kind(first.mark)
        return hanging or alike or ended or fits
    return ended or bool(_LISTED.search(block[-1].text)) or fits or row.x0 < block[-1].x0 - 6


def _weight_begins(above: Row, row: Row, *, ended: bool, fits: bool) -> bool:
    """Whether another weight begins a paragraph, or words in bold that begin a sentence."""
    if row.run_in and ended and row.text[:1].isupper():
        return not above.bold
    if above.bold == row.bold:
        return False
    start = row.mark or row.text
    capital = start[:1].isupper() or start[:1].isdigit() or bool(row.mark)
    if above.bold:
        return capital and not above.text.endswith((",", LINE_HYPHEN)) and (fits or ended)
    return capital and (ended or fits)


def _indent_begins(block: Sequence[Row], row: Row, *, ended: bool, fits: bool) -> bool:
    above, em = block[-1], row.size
    centred = abs((above.x0 + above.x1) - (row.x0 + row.x1)) < 8
    if centred:
        return False
    start = above.body if above.mark else above.x0
    if len(block) > 1 and row.x0 < above.x0 - 0.9 * em:
        # Further left than the lines of the block; its own first line may be as far left.
        return not block[0].mark or row.x0 < block[0].x0 - 3 or ended
    if row.x0 > start + 0.7 * em:
        if len(block) == 1 and (above.mark or not (ended or fits)):
            return False
        return ended or fits
    return False
