"""The process that draws on a copy of one policy: arguments POLICY PLACE, the job as its input.

It limits its memory and time as the reading child does, answers with one word on standard output,
and never opens the policy for writing. Scripts and actions of the policy are not carried over.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import sys
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

MEMORY_BYTES = 900 * 1024 * 1024
CPU_SECONDS = 90
_MOST_BYTES = 400 * 1024 * 1024
# Ground of the passage, and border and ink of its label: green, yellow, grey.
_COLOURS = {
    "full": ((0.76, 0.93, 0.86), (0.04, 0.27, 0.22)),
    "partial": ((1.0, 0.92, 0.66), (0.35, 0.24, 0.0)),
    "set aside": ((0.86, 0.86, 0.86), (0.23, 0.23, 0.23)),
}
_LABEL_HEIGHT = 10.0
_GAP = 3.0
_BESIDE = 40.0  # labels nearer than this from left to left would cover one another
_PRINTED = 4  # the flag "print"
_KEY = "/Annots"
_DEEPEST = 50  # levels of the page tree; some files make it a circle


class Refused(Exception):
    """The policy cannot be annotated; the word says why."""


class View(NamedTuple):
    """A page as it is shown: its visible box in the file's points, and its quarter turns."""

    x0: float
    y0: float
    x1: float
    y1: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point from the top left corner of the shown page, in the file's coordinates."""
        if self.turn == 1:
            return self.x0 + y, self.y0 + x
        if self.turn == 2:
            return self.x1 - x, self.y0 + y
        if self.turn == 3:
            return self.x1 - y, self.y1 - x
        return self.x0 + x, self.y1 - y

    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        width, height = self.x1 - self.x0, self.y1 - self.y0
        return (height, width) if self.turn % 2 else (width, height)


def main() -> int:
    """Draw; print "done" or why not."""
    _limit()
    policy, place = sys.argv[1:3]
    try:
        _annotate(Path(policy), Path(place), json.load(sys.stdin.buffer))
        word = "done"
    except Refused as refused:
        word = str(refused)
    except (MemoryError, RecursionError):
        word = "too_large"
    except FileNotFoundError:
        word = "missing"
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        word = "no_room" if full else "broken"
    # qpdf's own errors, and what pikepdf raises on objects of an unexpected kind.
    except Exception:  # noqa: BLE001
        word = "broken"
    sys.stdout.write(word)
    sys.stdout.flush()
    os._exit(0)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the parent remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _annotate(policy: Path, place: Path, job: dict[str, Any]) -> None:
    try:
        import pikepdf
    except ImportError:
        raise Refused("no_library") from None
    data = _read(policy, job["sha256"])
    try:
        pdf = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    if pdf.is_encrypted and not pdf.allow.modify_annotation:
        raise Refused("no_comments")
    pages = list(pdf.pages)
    if not pages:
        raise Refused("broken")
    _disarm(pdf.Root)
    font = _font(pdf)
    _mark_pages(pdf, pages, job=job, font=font)
    _add_bookmarks(pdf, pages, job=job)
    pdf.save(place, deterministic_id=True, encryption=False)


def _read(policy: Path, sha256: str) -> bytes:
    """The bytes of the very file that was analysed."""
    if not policy.exists():
        raise Refused("missing")
    if not policy.is_file():
        raise Refused("other")
    if policy.stat().st_size > _MOST_BYTES:
        raise Refused("too_large")
    data = policy.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("other")
    if b"%PDF-" not in data[:1024]:
        raise Refused("no_pdf")
    return data


def _disarm(root: Any) -> None:
    """What would run when the copy is opened is left out."""
    for key in ("/OpenAction", "/AA"):
        if key in root:
            del root[key]
    if "/Names" in root and "/JavaScript" in root.Names:
        del root.Names["/JavaScript"]


def _font(pdf: Any) -> Any:
    from pikepdf import Dictionary, Name

    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type1,
            BaseFont=Name("/Helvetica-Bold"),
            Encoding=Name.WinAnsiEncoding,
        )
    )


# ---------------------------------------------------------------- pages


def _mark_pages(pdf: Any, pages: list[Any], *, job: dict[str, Any], font: Any) -> None:
    """The marks of each page; a passage over two pages has its notes on the first."""
    made: dict[int, list[Any]] = {}
    taken: dict[int, list[tuple[float, float]]] = {}
    views: dict[int, View] = {}
    for mark in job["marks"]:
        for number in dict.fromkeys(int(box[0]) for box in mark["boxes"]):
            if not 1 <= number <= len(pages):
                continue
            page = pages[number - 1]
            view = views.setdefault(number, _view(page))
            boxes = [box[1:] for box in mark["boxes"] if int(box[0]) == number]
            here = made.setdefault(number, [])
            here.append(_highlight(pdf, mark, boxes=boxes, view=view))
            if number == mark["boxes"][0][0]:
                before = taken.setdefault(number, [])
                here += _labels(pdf, mark, boxes[0], view=view, font=font, taken=before)
    made.setdefault(1, []).append(_legend(job["legend"], _view(pages[0])))
    for number, drawn in sorted(made.items()):
        _attach(pdf, pages[number - 1], drawn)


def _view(page: Any) -> View:
    """The visible box of the page: the crop box within the media box, as viewers show it."""
    media = _box(page.mediabox) or (0.0, 0.0, 612.0, 792.0)
    crop = _box(page.cropbox) or media
    box = (
        max(media[0], crop[0]),
        max(media[1], crop[1]),
        min(media[2], crop[2]),
        min(media[3], crop[3]),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        box = media
    return View(*box, _turn(page.obj))


def _turn(node: Any) -> int:
    """Quarter turns clockwise; a page inherits them from the nodes above it."""
    from pikepdf import Dictionary

    for _ in range(_DEEPEST):
        if not isinstance(node, Dictionary):
            break
        if "/Rotate" in node:
            turn = node["/Rotate"]
            return int(turn) // 90 % 4 if isinstance(turn, int) else 0
        node = node.get("/Parent")
    return 0


def _box(values: Any) -> tuple[float, float, float, float] | None:
    try:
        a, b, c, d = (float(value) for value in values)
    except (TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (a, b, c, d))) or a == c or b == d:
        return None
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _attach(pdf: Any, page: Any, annotations: list[Any]) -> None:
    """An array of its own for the page: some files share one among pages."""
    from pikepdf import Array

    old = page.obj.get(_KEY)
    before = list(old) if isinstance(old, Array) else []
    for annotation in annotations:
        annotation.P = page.obj
    page.obj[_KEY] = pdf.make_indirect(
        Array([*before, *(pdf.make_indirect(annotation) for annotation in annotations)])
    )


def _highlight(pdf: Any, mark: dict[str, Any], *, boxes: list[Any], view: View) -> Any:
    from pikepdf import Array, Dictionary, Name, String

    ground, _ = _COLOURS[mark["look"]]
    quads = [_quad(box, view) for box in boxes]
    rect = _around(quads)
    fill = " ".join(f"{part:.3f}" for part in ground) + " rg\n"
    drawn = fill + "".join(_drawn(quad) for quad in quads)
    state = Dictionary(GS=Dictionary(Type=Name.ExtGState, BM=Name.Multiply))
    form = _form(pdf, drawn, box=rect, resources=Dictionary(ExtGState=state), prefix="/GS gs\n")
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Highlight,
        Rect=Array(rect),
        QuadPoints=Array([value for quad in quads for point in quad for value in point]),
        C=Array([*ground]),
        Contents=String(mark["text"]),
        T=String("aligner"),
        NM=String(f"aligner-{mark['name']}-{len(boxes)}-{boxes[0][1]}"),
        F=_PRINTED,
        AP=Dictionary(N=form),
    )


def _quad(box: list[float], view: View) -> list[tuple[float, float]]:
    """Top left, top right, bottom left, bottom right: the order that viewers expect."""
    x0, y0, x1, y1 = box
    corners = ((x0, y0), (x1, y0), (x0, y1), (x1, y1))
    return [_rounded(view.place(x, y)) for x, y in corners]


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 2) + 0.0, round(point[1], 2) + 0.0


def _around(quads: list[list[tuple[float, float]]]) -> list[float]:
    xs = [x for quad in quads for x, _ in quad]
    ys = [y for quad in quads for _, y in quad]
    return [min(xs), min(ys), max(xs), max(ys)]


def _drawn(quad: list[tuple[float, float]]) -> str:
    a, b, c, d = quad
    path = [a, b, d, c]
    first, *rest = (f"{x:.2f} {y:.2f}" for x, y in path)
    return f"{first} m " + " ".join(f"{point} l" for point in rest) + " h f\n"


def _form(
    pdf: Any, drawn: str, *, box: list[float], resources: Any, prefix: str = "", turn: int = 0
) -> Any:
    """What a viewer draws in the place of the annotation, upright on a turned page."""
    from pikepdf import Array, Dictionary, Name

    form = pdf.make_stream((prefix + drawn).encode("ascii"))
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox, form.Resources = Array(box), resources
    form.Group = Dictionary(S=Name.Transparency)
    matrix = ([1, 0, 0, 1], [0, 1, -1, 0], [-1, 0, 0, -1], [0, -1, 1, 0])[turn]
    form.Matrix = Array([*matrix, 0, 0])
    return form


# ---------------------------------------------------------------- labels in the margin


def _labels(
    pdf: Any,
    mark: dict[str, Any],
    box: list[float],
    *,
    view: View,
    font: Any,
    taken: list[tuple[float, float]],
) -> list[Any]:
    """A label an action in the nearer margin, below those that stand there already."""
    width, height = view.size()
    out = []
    for note in mark["notes"]:
        label = _ascii(note["action"])
        wide = 7.0 + 4.6 * len(label)
        left = _beside(box, wide, edge=mark["edge"], width=width)
        top = _free(left, box[1], taken, height=height)
        taken.append((left, top))
        place = (left, top, min(left + wide, width), top + _LABEL_HEIGHT)
        out.append(_label(pdf, note, label, place=place, view=view, font=font))
        out[-1].NM = f"aligner-{mark['name']}-{label}"
    return out


def _beside(box: list[float], wide: float, *, edge: float, width: float) -> float:
    """The left edge of a label: in the margin on the left, or for a right column on the right.

    Between two columns it would cover the ends of lines, right of `edge` what stands beside the
    passage. Wide tables leave no margin: then the label stands at the edge of the page.
    """
    right = box[2] + _GAP
    if box[0] > 0.4 * width and right + wide <= width - 1:
        return right
    return max(edge - _GAP - wide, 1.0)


def _free(left: float, top: float, taken: list[tuple[float, float]], *, height: float) -> float:
    """The first place from `top` on that no label beside `left` holds; the page's foot at last."""
    step = _LABEL_HEIGHT + 1
    for other in sorted(there for beside, there in taken if abs(beside - left) < _BESIDE):
        if abs(top - other) < step:
            top = other + step
    return max(0.0, min(top, height - _LABEL_HEIGHT))


def _ascii(text: str) -> str:
    """The id of an action as the font of the label can show it."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)[:12]


def _label(
    pdf: Any,
    note: dict[str, str],
    label: str,
    *,
    place: tuple[float, float, float, float],
    view: View,
    font: Any,
) -> Any:
    from pikepdf import Array, Dictionary, Name, String

    ground, ink = _COLOURS[note["look"]]
    wide, high = place[2] - place[0], place[3] - place[1]
    shown = label.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    drawn = (
        f"{_numbers(ground)} rg {_numbers(ink)} RG 0.6 w 0.3 0.3 {wide - 0.6:.2f} {high - 0.6:.2f} "
        f"re B\nBT /F 7.5 Tf {_numbers(ink)} rg 3 2.4 Td ({shown}) Tj ET\n"
    )
    resources = Dictionary(Font=Dictionary(F=font))
    form = _form(pdf, drawn, box=[0, 0, wide, high], resources=resources, turn=view.turn)
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Text,
        Rect=Array(_around([_quad(list(place), view)])),
        C=Array([*ground]),
        Contents=String(note["text"]),
        T=String(f"aligner: {note['action']}, {note['look']}"),
        Name=Name.Comment,
        F=_PRINTED,
        AP=Dictionary(N=form),
    )


def _numbers(colour: tuple[float, ...]) -> str:
    return " ".join(f"{part:.2f}" for part in colour)


def _legend(text: str, view: View) -> Any:
    """A note in the corner of the first page, drawn by the viewer as it draws notes."""
    from pikepdf import Array, Dictionary, Name, String

    rect = _around([_quad([8.0, 8.0, 28.0, 28.0], view)])
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Text,
        Rect=Array(rect),
        C=Array([0.66, 0.90, 0.80]),
        Contents=String(text),
        T=String("aligner: how to read the marks"),
        NM=String("aligner-legend"),
        Name=Name.Help,
        F=_PRINTED | 8 | 16,  # does not grow or turn with the page
    )


# ---------------------------------------------------------------- bookmarks


def _add_bookmarks(pdf: Any, pages: list[Any], *, job: dict[str, Any]) -> None:
    """One bookmark with ours below it, behind those of the policy, which stay as they are."""
    from pikepdf import Dictionary, Name

    if not job["bookmarks"]:
        return
    root = pdf.Root.get("/Outlines")
    if not isinstance(root, Dictionary):
        root = pdf.make_indirect(Dictionary(Type=Name.Outlines))
        pdf.Root.Outlines = root
    first = {"title": job["title"], "place": [1, 0], "below": job["bookmarks"]}
    (ours,) = _bookmarks(pdf, pages, items=[first], parent=root)
    ours.Count = len(job["bookmarks"])
    last = root.get("/Last")
    if isinstance(last, Dictionary):
        last.Next, ours.Prev = ours, last
    else:
        root.First = ours
    root.Last = ours
    before = root.get("/Count", 0)
    known = before if isinstance(before, int) and before > 0 else 0
    root.Count = known + 1 + len(job["bookmarks"])


def _bookmarks(
    pdf: Any, pages: list[Any], *, items: list[dict[str, Any]], parent: Any
) -> list[Any]:
    """The items under `parent`, chained to one another; closed but for the first level."""
    from pikepdf import Array, Dictionary, Name, String

    made = []
    for item in items:
        number, top = item["place"]
        page = pages[min(max(int(number), 1), len(pages)) - 1]
        x, y = _view(page).place(0, max(0.0, top - 12))
        place = Array([page.obj, Name.XYZ, round(x, 1), round(y, 1), 0])
        entry = Dictionary(Title=String(item["title"]), Parent=parent, Dest=place)
        made.append(pdf.make_indirect(entry))
    for before, after in pairwise(made):
        before.Next, after.Prev = after, before
    for entry, item in zip(made, items, strict=True):
        if item["below"]:
            below = _bookmarks(pdf, pages, items=item["below"], parent=entry)
            entry.First, entry.Last, entry.Count = below[0], below[-1], -len(below)
    return made


if __name__ == "__main__":
    sys.exit(main())
