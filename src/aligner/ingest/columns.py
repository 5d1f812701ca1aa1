"""Reading order: the columns of a page, from the boxes of what stands on it.

A gutter is looked for at the left edges that lines share; whatever crosses it (a title, a wide
table) parts the page into bands, and each band is read column by column.
"""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Placed(Protocol):
    """Anything with a box on the page."""

    @property
    def x0(self) -> float: ...  # noqa: D102
    @property
    def y0(self) -> float: ...  # noqa: D102
    @property
    def x1(self) -> float: ...  # noqa: D102
    @property
    def y1(self) -> float: ...  # noqa: D102


Item = TypeVar("Item", bound=Placed)

# Fewer lines than this side by side are a table, a form or a signature, not columns of text.
_LEAST_LINES = 3
_DEEPEST = 4
# The last column of a text may hold two lines, beside a column of many that begins as high.
_LONG_COLUMN = 12
_SHORT_COLUMN = 2
# The lines of one of three columns are narrower than this share of the text.
_NARROW = 0.4


def regions(items: Sequence[Item]) -> list[list[Item]]:
    """The items of a page in reading order, one list for each run of text of one width."""
    return _split(list(items), _DEEPEST)


def _split(items: list[Item], depth: int) -> list[list[Item]]:
    down = sorted(items, key=lambda item: (item.y0, item.x0))
    gutter = _gutter(down) if depth and len(down) >= 2 * _LEAST_LINES else None
    if gutter is None:
        return [down] if down else []
    result: list[list[Item]] = []
    for over, left, right in _parts(down, gutter):
        # What goes over this gutter may stand in other columns: three below two.
        for part in (over, left, right):
            result += _split(part, depth - 1)
    return result


def _parts(
    items: Sequence[Item], gutter: float
) -> Iterator[tuple[list[Item], list[Item], list[Item]]]:
    """What goes over both columns, and the left and the right column below it, band by band."""
    bands = _bands(items, gutter)
    inner = _inner([crossing for *_, crossing in bands if crossing is not None], items)
    over: list[Item] = []
    above: Item | None = None
    for left, right, crossing in bands:
        if left and right and not inner & {id(above), id(crossing)}:
            tail = _tail(above, left, right)
            after = _headings(left[tail:], right, last=crossing is None)
            yield [*over, *left[:tail]], left[tail : len(left) - len(after)], right
            over = after
        else:
            over += [*left, *right]
        if crossing is not None:
            over.append(crossing)
        above = crossing
    yield over, [], []


def _inner(crossing: Sequence[Item], items: Sequence[Item]) -> set[int]:
    """The ids of items that cross the gutter because they are lines of a column of their own."""
    width = max(item.x1 for item in items) - min(item.x0 for item in items)
    narrow = [item for item in crossing if item.x1 - item.x0 < _NARROW * width]
    edges = Counter(round(item.x0) for item in narrow)
    return {id(item) for item in narrow if edges[round(item.x0)] >= _LEAST_LINES}


def _tail(above: Item | None, left: Sequence[Item], right: Sequence[Item]) -> int:
    """How many items end a paragraph over all columns: short last lines, left of the gutter."""
    count = 0
    while above is not None and count < len(left):
        item = left[count]
        high = above.y1 - above.y0
        alike = abs(item.y1 - item.y0 - high) < 0.1 * high and abs(item.x0 - above.x0) < 3
        if not alike or item.y0 - above.y1 > 0.6 * high or item.y1 > right[0].y0 + 1:
            break
        above, count = item, count + 1
    return count


def _headings(left: Sequence[Item], right: Sequence[Item], *, last: bool) -> list[Item]:
    """The headings under both columns, too short to cross the gutter, of what follows below.

    `last`: nothing follows on this page, so that whatever is not set apart goes on in the column.
    """
    usual = median(item.y1 - item.y0 for item in (*left, *right))
    apart = [
        item.y1 - item.y0 > 1.05 * usual or bool(getattr(item, "bold", False)) for item in left
    ]
    for index, item in enumerate(left):
        gap = item.y0 - left[index - 1].y1 if index else 0.0
        below = item.y0 > right[-1].y1 and gap > (item.y1 - item.y0) / 2
        if below and apart[index] and (all(apart[index:]) or not last):
            return list(left[index:])
    return []


def _bands(
    items: Sequence[Item], gutter: float
) -> list[tuple[list[Item], list[Item], Item | None]]:
    """Left and right items between those that cross the gutter, and the one that crosses below."""
    result: list[tuple[list[Item], list[Item], Item | None]] = []
    left: list[Item] = []
    right: list[Item] = []
    for item in items:
        if item.x1 <= gutter:
            left.append(item)
        elif item.x0 >= gutter - 1:
            right.append(item)
        else:
            result.append((left, right, item))
            left, right = [], []
    result.append((left, right, None))
    return result


def _gutter(items: Sequence[Item]) -> float | None:
    """The left edge of the right column, or None where the items do not stand in columns."""
    first = min(item.x0 for item in items)
    width = max(item.x1 for item in items) - first
    edges = Counter(round(item.x0) for item in items if item.x0 > first + 0.15 * width)
    best, chosen = 2 * _LEAST_LINES - 1, None
    for edge, _ in sorted(edges.most_common(6)):
        gutter = edge - 1.0
        score = sum(
            len(left) + len(right)
            for left, right, _ in _bands(items, gutter)
            if _side_by_side(left, right)
        )
        if score > best:
            best, chosen = score, gutter
    return chosen


def _side_by_side(left: Sequence[Item], right: Sequence[Item]) -> bool:
    if min(len(left), len(right)) < _LEAST_LINES and not _ends_in(left, right):
        return False
    overlap = min(left[-1].y1, right[-1].y1) - max(left[0].y0, right[0].y0)
    if overlap < 2 * min(left[0].y1 - left[0].y0, right[0].y1 - right[0].y0):
        return False
    widths = [median(item.x1 - item.x0 for item in side) for side in (left, right)]
    # A narrow column of labels beside a wide one belongs to its rows.
    return min(widths) > 0.35 * max(widths)


def _ends_in(left: Sequence[Item], right: Sequence[Item]) -> bool:
    """Whether a long column goes on in a few lines at the top of the next."""
    if len(left) < _LONG_COLUMN or len(right) < _SHORT_COLUMN:
        return False
    high = abs(right[0].y0 - left[0].y0) < 2 * (left[0].y1 - left[0].y0)
    return high and right[0].x0 - max(item.x1 for item in left) < 40
