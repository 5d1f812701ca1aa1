"""Pages that are pictures, read by text recognition: rapidocr (offline, models in the package).

Runs in the child process only. A page is drawn by pdfium, straightened, recognised, and handed to
the layout as lines like those of any other page, so that evidence on a scan has its page and box.
"""

from __future__ import annotations

import io
import os
import re
import statistics
import subprocess
from collections import Counter
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from aligner.ingest.page import Line, Page, turned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Reader = Callable[["Picture"], list[list["Word"]]]

Picture = Any  # a grey Pillow image
Place = tuple[float, float, float, float]

# Scanners skew by one or two degrees; beyond five a page was laid in askew on purpose.
_MOST_SKEW = 5.0
# A box of the recogniser is higher than the size of the print: 35 dots for 10.5 points.
_HEIGHT_TO_SIZE = 0.84
# More pages than this are hours of work: the rest stays unread, and is named.
MOST_PAGES = 300
# Ink falls 1.6 times as sharply into rows as into columns on an upright page of text.
_SIDEWAYS = 1.2
# Dots of ink (of a page a thousand dots high) a letter: 16 upright, 130 upside down.
_INK_A_LETTER = 70
# Below this the recogniser sees letters in stains.
_SURE = 0.6

_GLUED_CASE = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
_GLUED_NUMBER = re.compile(r"(?<=[a-z]{3})(?=\d{2})|(?<=[,;])(?=[^\W\d_])|(?<=\d)(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+")
_LONG_WORD = re.compile(r"[^\W\d_]{6,}")


class Word(NamedTuple):
    """A word, or a run of them, and its box in dots of the straightened picture."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str


class Recognised(NamedTuple):
    """A page read from its picture; its lines lie on the page turned by `skew` degrees."""

    page: Page
    skew: float


def recognise(
    pictures: Iterable[tuple[int, Picture, float]],
    *,
    engine: str,
    told: Callable[[int], None] = lambda _: None,
) -> list[Recognised]:
    """The pages of (number, picture, dots a point); `told` hears each number before its turn."""
    read = _rapidocr() if engine == "rapidocr" else _tesseract
    found: list[Recognised] = []
    turn = 0  # the pages of a document are mostly laid in alike
    for number, picture, scale in pictures:
        told(number)
        if turn % 2 != _is_sideways(picture):
            turn = 1 - turn % 2
        turns = turn, (turn + 2) % 4
        lines, skew, turn = _upright(picture, scale, read, turns=turns)
        width, height = (round(side / scale, 1) for side in picture.size)
        found.append(Recognised(Page(number, width, height, lines, (), picture=not lines), skew))
    return [_turned(one) for one in _polished(found)]


def _upright(
    picture: Picture, scale: float, read: Reader, *, turns: Sequence[int]
) -> tuple[tuple[Line, ...], float, int]:
    """The lines of a page on the upright page, its skew, and the quarter turns of its text.

    The second of the turns is tried when the first gives hardly a word for so much ink.
    """
    best: tuple[tuple[Line, ...], float, int] = (), 0.0, 0
    most = -1
    for turn in turns:
        upright = picture.rotate(90 * turn, expand=True) if turn else picture
        skew = _skew(upright)
        level = upright.rotate(skew, Image.Resampling.BILINEAR, fillcolor=255) if skew else upright
        pieces = [piece for line in read(level) for piece in _pieces(line)]
        strokes = [_stroke(level, piece) for piece in pieces]
        lines = _apart(_weighted([_line(piece, scale) for piece in pieces], strokes))
        count = sum(len(line.text) for line in lines)
        if count > most:
            most, best = count, (tuple(one._replace(turn=turn) for one in lines), skew, turn)
        if count * _INK_A_LETTER > len(_ink(picture)[0]):
            break
    return best


def _turned(one: Recognised) -> Recognised:
    """The page with its lines where they lie on the page as it is shown."""
    page = one.page
    lines = []
    for line in page.lines:
        size = (page.height, page.width) if line.turn % 2 else (page.width, page.height)
        x0, y0, x1, y1 = turned(line[:4], size, (4 - line.turn) % 4)
        lines.append(line._replace(x0=x0, y0=y0, x1=x1, y1=y1))
    return one._replace(page=page._replace(lines=tuple(lines)))


def described(engine: str) -> str:
    """The engine with its version, for the report."""
    return f"rapidocr {metadata.version('rapidocr')}" if engine == "rapidocr" else engine


def turned_back(box: Place, page: Page, skew: float) -> Place:
    """Where a box of the straightened page lies on the page as it was scanned."""
    angle = np.radians(skew)
    middle_x, middle_y = page.width / 2, page.height / 2
    x0, y0, x1, y1 = box
    xs, ys = [], []
    for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)):
        across, down = x - middle_x, y - middle_y
        xs.append(middle_x + across * np.cos(angle) - down * np.sin(angle))
        ys.append(middle_y + across * np.sin(angle) + down * np.cos(angle))
    right, foot = min(max(xs), page.width), min(max(ys), page.height)
    place = (max(min(xs), 0.0), max(min(ys), 0.0), right, foot)
    return tuple(round(float(value), 1) for value in place)  # type: ignore[return-value]


# -- straightening --------------------------------------------------------------------------------


def _ink(picture: Picture) -> tuple[Any, Any]:
    """Where there is ink, as columns and rows of the picture made a thousand dots high or wide."""
    small = picture.copy()
    small.thumbnail((1000, 1000))
    grey = np.asarray(small)
    ys, xs = np.nonzero(grey < min(160, grey.mean() * 0.75))
    return xs, ys


def _is_sideways(picture: Picture) -> bool:
    """Whether lines run up or down the page: ink then falls into columns, not into rows."""
    xs, ys = _ink(picture)
    if len(xs) < 200:
        return False
    return _peaks(ys, xs, 0.0)[0] > _SIDEWAYS * _peaks(xs, ys, 0.0)[0]


def _skew(picture: Picture) -> float:
    """Degrees by which lines fall to the right: where they are level, rows are black or white."""
    xs, ys = _ink(picture)
    if len(xs) < 200:
        return 0.0
    coarse = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.25), key=lambda a: _peaks(xs, ys, a))
    fine = max(coarse + np.arange(-0.2, 0.21, 0.05), key=lambda a: _peaks(xs, ys, a))
    # Less than a tenth of a degree is three dots across a page: not worth a blurred picture.
    return round(float(fine), 2) if abs(fine) >= 0.1 else 0.0


def _peaks(xs: Any, ys: Any, angle: float) -> tuple[float, float]:
    """How sharply the ink falls into rows; of equals the smaller angle wins."""
    rows = np.rint(ys - xs * np.tan(np.radians(angle))).astype(int)
    counts = np.bincount(rows - rows.min()).astype(float)
    return float((counts * counts).sum()), -abs(float(angle))


# -- engines --------------------------------------------------------------------------------------


def _rapidocr() -> Callable[[Picture], list[list[Word]]]:
    from rapidocr import RapidOCR  # type: ignore[import-not-found,unused-ignore]

    # Lines two at a time (with six a page can take more than a GiB), pages 1,700 dots high: with
    # 2,000 a page takes 150 MB more and a quarter more time, and reads no word better.
    engine = RapidOCR(
        params={"Global.log_level": "critical", "Rec.rec_batch_num": 2, "Global.max_side_len": 1700}
    )

    def read(picture: Picture) -> list[list[Word]]:
        colours = np.stack([np.asarray(picture)] * 3, axis=2)
        answer: Any = engine(colours, use_cls=False, return_word_box=True)
        if answer.boxes is None:
            return []
        rows = zip(answer.boxes, answer.txts, answer.scores, answer.word_results, strict=True)
        return [_words(box, text, pieces) for box, text, sure, pieces in rows if sure >= _SURE]

    return read


def _words(box: Any, text: str, pieces: Sequence[Any]) -> list[Word]:
    """The line in one piece, or cut where the boxes of two words stand far apart."""
    x0, y0, x1, y1 = _bounds(box)
    cuts, at, before = [0], 0, None
    for part, _, quad in pieces:
        start = text.find(part, at)
        here = _bounds(quad)
        if before is not None and start > 0 and here[0] - before[2] > 1.5 * (y1 - y0):
            cuts.append(start)
        at, before = max(start, at) + len(part), here
    if len(cuts) == 1:
        return [Word(x0, y0, x1, y1, text)]
    ends = [*cuts[1:], len(text)]
    words: list[Word] = []
    for a, b in zip(cuts, ends, strict=True):
        left, right = _span(pieces, text, (a, b), (x0, x1))
        if words and left - words[-1].x1 < y1 - y0:
            # Word boxes are only roughly right: the pieces must not touch.
            words[-1] = words[-1]._replace(x1=max(words[-1].x0 + 1, left - 1.3 * (y1 - y0)))
        words.append(Word(left, y0, right, y1, text[a:b].strip()))
    return words


def _span(
    pieces: Sequence[Any], text: str, part: tuple[int, int], whole: tuple[float, float]
) -> tuple[float, float]:
    """From left to right where the words of a part of a line stand."""
    at, inside = 0, []
    for piece, _, quad in pieces:
        start = max(text.find(piece, at), at)
        at = start + len(piece)
        if part[0] <= start < part[1]:
            inside.append(_bounds(quad))
    left = min((box[0] for box in inside), default=whole[0])
    right = max((box[2] for box in inside), default=whole[1])
    return left, right


def _bounds(quad: Any) -> Place:
    xs, ys = [float(point[0]) for point in quad], [float(point[1]) for point in quad]
    # The mean of the two upper corners: what is left of the skew must not make a line higher.
    return min(xs), (ys[0] + ys[1]) / 2, max(xs), (ys[2] + ys[3]) / 2


def _tesseract(picture: Picture) -> list[list[Word]]:
    """The words that the program tesseract finds, line by line."""
    data = io.BytesIO()
    picture.save(data, "png", dpi=(200, 200))
    command = ["tesseract", "-", "-", "-c", "tessedit_create_tsv=1"]
    # Its threads wait for one another: with one it takes half the processor time.
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    answer = subprocess.run(
        command, input=data.getvalue(), capture_output=True, check=True, env=alone
    )
    return list(_table_lines(answer.stdout.decode("utf-8", "replace")))


def _table_lines(table: str) -> Iterator[list[Word]]:
    """Lines of words from tesseract's table: level, page, block, paragraph, line, word, box."""
    lines: dict[tuple[str, ...], list[Word]] = {}
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip() and float(cells[10]) > 20:
            x, y, wide, high = map(float, cells[6:10])
            word = Word(x, y, x + wide, y + high, cells[11].strip())
            lines.setdefault(tuple(cells[1:5]), []).append(word)
    for words in lines.values():
        # Its boxes hold the ink only, rapidocr's a margin as well.
        top, foot = min(w.y0 for w in words), max(w.y1 for w in words)
        margin = 0.1 * (foot - top)
        yield [word._replace(y0=top - margin, y1=foot + margin) for word in words]


# -- lines ----------------------------------------------------------------------------------------


def _pieces(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words of a line, parted where a column or a cell ends."""
    piece: list[Word] = []
    for word in words:
        if piece and word.x0 - piece[-1].x1 > 1.2 * (word.y1 - word.y0):
            yield piece
            piece = []
        piece.append(word)
    if piece:
        yield piece


def _line(words: Sequence[Word], scale: float) -> Line:
    left, right = words[0].x0 / scale, words[-1].x1 / scale
    middle = (words[0].y0 + words[0].y1) / 2 / scale
    size = (words[0].y1 - words[0].y0) / scale * _HEIGHT_TO_SIZE
    return Line(
        round(left, 1),
        round(middle - size / 2, 1),
        round(right, 1),
        round(middle + size / 2, 1),
        round(size, 1),
        " ".join(word.text for word in words),
    )


# Bold type of the fonts of word processors has strokes 1.4 to 1.7 times as wide.
_BOLD = 1.3


def _stroke(picture: Picture, words: Sequence[Word]) -> float:
    """The mean width of the strokes of a line, in dots."""
    x0, x1 = words[0].x0, words[-1].x1
    top, foot = min(word.y0 for word in words), max(word.y1 for word in words)
    ink = np.asarray(picture.crop((int(x0), int(top), int(x1) + 1, int(foot) + 1))) < 128
    runs = np.count_nonzero(ink[:, 1:] & ~ink[:, :-1])
    return float(ink.sum() / max(1, runs))


def _weighted(lines: list[Line], strokes: list[float]) -> tuple[Line, ...]:
    """The lines of a page, bold where strokes are much wider than those of most of its text."""
    if not lines:
        return ()
    pairs = list(zip(lines, strokes, strict=True))
    usual = statistics.median(stroke for line, stroke in pairs for _ in line.text.split() or [""])
    return tuple(line._replace(bold=stroke > _BOLD * usual) for line, stroke in pairs)


def _polished(found: list[Recognised]) -> list[Recognised]:
    """Sizes made even and lost spaces put back, with the whole document as witness."""
    lines = [line for one in found for line in one.page.lines]
    if not lines:
        return found
    body = statistics.median(line.size for line in lines for _ in line.text.split())
    seen = Counter(word.lower() for line in lines for word in _WORD.findall(line.text))
    return [
        one._replace(
            page=one.page._replace(
                lines=_with_leaders(tuple(_smooth(line, body, seen) for line in one.page.lines))
            )
        )
        for one in found
    ]


# A contents page: what leads from a title to its page number is read as dots of any number.
_LEADER = re.compile(r"\s*(?:[.·…•_]\s*){3,}(\d{0,3})\s*\.?$")
_LONE_NUMBER = re.compile(r"[.·\s]*(\d{1,3})\s*\.?")
_PAGE_NUMBER = re.compile(r"(?<=\w)\s+[.·]{0,2}\s?(\d{1,3})\.?$")


def _with_leaders(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines of a contents page with the dots that the recogniser saw badly or not at all."""
    if sum(bool(_LEADER.search(line.text)) for line in lines) < 3:
        return lines
    numbers = [line for line in lines if _LONE_NUMBER.fullmatch(line.text)]
    return tuple(
        line._replace(text=_led(line.text, numbered=any(_level(line, one) for one in numbers)))
        for line in lines
    )


def _led(text: str, *, numbered: bool) -> str:
    if alone := _LONE_NUMBER.fullmatch(text):
        return alone[1]
    if numbered:  # the number is a piece of its own
        return text.rstrip(" .·…") + " ........"
    found = _LEADER.search(text) or _PAGE_NUMBER.search(text)
    # "Page 2" at the foot has no leader.
    if not found or found.start() < 8:
        return text
    return f"{text[: found.start()]} ........ {found[1]}".strip()


def _level(line: Line, other: Line) -> bool:
    return abs(line.y0 + line.y1 - other.y0 - other.y1) < line.size and line.x0 < other.x0


def _apart(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines with a gap between neighbours whose boxes overlap ("1.2" and its clause)."""
    result = []
    for line in lines:
        starts = [o.x0 for o in lines if _level(line, o) and line.x1 < o.x1]
        right = min((x - 0.4 * line.size for x in starts if x < line.x1 + 1), default=line.x1)
        result.append(line._replace(x1=round(max(right, line.x0 + 1), 1)))
    return tuple(result)


def _smooth(line: Line, body: float, seen: Counter[str]) -> Line:
    # Heights of one type vary by a tenth from line to line, and by a fifth without b or p.
    ratio = line.size / body
    size = body if 0.78 < ratio < 1.2 else body * max(1, round(ratio / 0.3)) * 0.3
    return line._replace(size=round(size, 1), text=_spaced(line.text, seen))


def _spaced(text: str, seen: Counter[str]) -> str:
    """The text with spaces where the recogniser lost them ("WorkerWelfare", "September2018")."""
    text = _GLUED_NUMBER.sub(" ", _GLUED_CASE.sub(" ", text))
    return _LONG_WORD.sub(lambda found: _parted(found.group(), seen), text)


def _parted(word: str, seen: Counter[str]) -> str:
    """A word that stands only once, as two words that both stand elsewhere."""
    low = word.lower()
    if seen[low] > 1:
        return word
    cuts = [(min(seen[low[:i]], seen[low[i:]]), i) for i in range(2, len(low) - 1)]
    often, at = max(cuts, key=lambda cut: (cut[0], -cut[1]))
    return f"{word[:at]} {word[at:]}" if often >= 3 else word
