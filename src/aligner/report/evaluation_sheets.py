"""The workbook of an evaluation: figures, by objective, by type of measure, misses, false alarms.

Imports openpyxl through cells.py, so it is itself imported only when a workbook is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aligner.report import cells
from aligner.report.cells import Book, Column, Field
from aligner.report.evaluation import MEANINGS, NOTHING, figures, rendered, signal_lines
from aligner.report.output import replace_file
from aligner.report.sheets import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Evaluation, Miss, Tally
    from aligner.report.output import Written

TITLE = "aligner held against labels"
# Two or three lines of an action tell it from the others.
_LONGEST_WORDING = 150
_MEASURES = {
    "commitment": "promises it (will, commits to)",
    "mandate": "orders it (shall, must, is prohibited)",
    "plan": "schedules it (by a date, in an action plan)",
    "funding": "pays for it",
    "operation": "runs it already",
    "none": "no words of commitment were seen",
}
_READING = (
    "Each figure compares what aligner accepted with what people labelled. – stands where there is "
    "nothing to count. Passages that only one of two annotators labelled are neither demanded nor "
    "held against aligner. Misses and False alarms show every passage behind the figures."
)
_OF_OBJECTIVES = (
    "The passages of all policies together. A label was found when an accepted passage overlaps "
    "it. Kappa of a handful of actions says little by itself; – means that all have one status."
)
_OF_MEASURES = (
    "What a passage does with a measure. Labels count under the type of the passage that was read "
    "where they stand, found matches under that of their own. A gap has no type."
)
_OF_MISSES = (
    "Labels without an accepted passage. The reason says what came nearest, or that the passage "
    "was not read. Found in this passage: the actions it was accepted for."
)
_OF_ALARMS = (
    "Accepted passages without this label. Some are right: look whether the label was forgotten. "
    "Labels of this passage: what it was labelled with."
)


def write_evaluation(evaluation: Evaluation, path: Path, *, form: str) -> Written:
    """Where the evaluation stands (see replace_file).

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    if form != "xlsx":
        data = f"{rendered(evaluation, form)}\n".encode()
        return replace_file(path, lambda place: _write(place, data))
    book = workbook_bytes(evaluation)
    return replace_file(path, lambda place: _write(place, book), holds_work=cells.edited)


def _write(place: Path, data: bytes) -> None:
    place.write_bytes(data)


def workbook_bytes(evaluation: Evaluation) -> bytes:
    """The workbook as the bytes of an .xlsx file."""
    book = cells.new_book()
    for name, fill in _SHEETS.items():
        sheet = book.workbook.create_sheet(name)
        fill(book, sheet, evaluation)
        # 23 objectives belong on one page; a framework of hundreds would be too small to read.
        one_page = name == "By objective" and len(evaluation.objectives) <= 40
        right = evaluation.framework.title
        cells.set_up_print(sheet, left=TITLE, right=right, one_page=one_page)
    return cells.to_bytes(book, title=TITLE, creator=f"aligner {evaluation.version}".strip())


def _fill_figures(book: Book, sheet: Worksheet, given: Evaluation) -> None:
    """The policies and what to mind, then a row a figure and a column a policy."""
    many = len(given.policies) > 1
    shown = [*given.policies, *([given.mean] if many else [])]
    heads = [*(one.name for one in given.policies), *(["Mean"] if many else [])]
    last = 2 + max(len(shown), 3)
    cells.set_widths(sheet, (22, 74, *(24 for _ in range(last - 2))))
    cells.put_across(book, (sheet, 1, 1, last), Field(TITLE, "title"))
    row = 2
    for name, value in _facts(given):
        cells.put_across(book, (sheet, row, 2, last), Field(value, "plain"))
        cells.put_across(book, (sheet, row, 1, 1), Field(name, "label"))
        row += 1
    columns = [
        Column("Figure", 22),
        Column("What it says", 74),
        *(Column(head, 24, "head_middle") for head in heads),
    ]
    cells.put_table(book, (sheet, row + 1), columns, _figure_rows(given))
    sheet.auto_filter.ref = None  # a dozen rows to read in their order
    sheet.freeze_panes = sheet.cell(row + 2, 3).coordinate if row < 14 else "C2"


def _facts(given: Evaluation) -> Iterator[tuple[str, str]]:
    frame = given.framework
    yield "Held against", f"{frame.title} (version {frame.version})"
    yield "Labels and policy", "\n".join(one.name for one in given.policies)
    yield "How to read it", _READING
    for one in given.policies:
        for note in one.notes:
            yield "Mind", f"{one.name}: {note.message}"


def _figure_rows(given: Evaluation) -> Iterator[list[Field]]:
    many = len(given.policies) > 1
    qualities = [one.quality for one in given.policies] + ([given.mean] if many else [])
    for name, (title, meaning) in MEANINGS.items():
        values = [_share(figures(quality)[name], name) for quality in qualities]
        yield [Field(title, "key"), Field(meaning), *values]
    counts = {
        "labels": ("Labels", "Pairs of a passage and an action that have to be found."),
        "found": ("Labels found", "Of them, those that an accepted passage overlaps."),
        "accepted": ("Passages accepted", "Pairs of a passage and an action taken for evidence."),
        "right": ("Passages right", "Of them, those that were labelled so."),
        "gaps": ("Gaps reported", "Actions for which no evidence was found."),
    }
    for name, (title, meaning) in counts.items():
        values = [Field(getattr(one.tally, name), "number") for one in given.policies]
        yield [
            Field(title, "key"),
            Field(meaning),
            *values,
            *([Field(NOTHING, "number")] if many else []),
        ]


def _share(value: float | None, name: str = "") -> Field:
    """A share as percent; F1, average precision and kappa are no shares of anything."""
    if value is None:
        return Field(NOTHING, "number")
    share = name in {"precision", "recall", "gaps_true", "whole"}
    return Field(round(value, 4), "percent" if share else "decimal")


# ---------------------------------------------------------------- by objective, by type of measure

_COUNTED = (
    Column("Labels", 9, "head_middle"),
    Column("Labels found", 9, "head_middle"),
    Column("Passages accepted", 11, "head_middle"),
    Column("Passages right", 10, "head_middle"),
    Column("Precision", 11, "head_middle"),
    Column("Recall", 11, "head_middle"),
    Column("F1", 9, "head_middle"),
    Column("Average precision", 11, "head_middle"),
)


def _fill_objectives(book: Book, sheet: Worksheet, given: Evaluation) -> None:
    titles = {
        one.id: f"{one.title} †" if one.paraphrase else one.title
        for one in given.framework.objectives
    }
    columns = (
        Column("Objective", 11),
        Column("Title", 60),
        *_COUNTED,
        Column("Status kappa", 10, "head_middle"),
        Column("Gaps reported", 10, "head_middle"),
        Column("Gap reliability", 11, "head_middle"),
    )
    rows = [
        [
            Field(_as_number(one.name), "key"),
            Field(titles.get(one.name, "")),
            *_counted(one),
            _share(one.kappa),
            Field(one.gaps, "number"),
            _share(one.gaps_true, "gaps_true"),
        ]
        for one in given.objectives
    ]
    _fill_table(book, sheet, (_OF_OBJECTIVES, columns, rows))


def _as_number(name: str) -> int | str:
    """A number where it is one, so that Excel sorts 2 before 10."""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 10 else name


def _fill_measures(book: Book, sheet: Worksheet, given: Evaluation) -> None:
    columns = (Column("Measure", 14), Column("What a passage does with it", 44), *_COUNTED)
    rows = [
        [
            Field(one.name.capitalize(), "key"),
            Field(_MEASURES.get(one.name, "")),
            *_counted(one),
        ]
        for one in given.measures
    ]
    _fill_table(book, sheet, (_OF_MEASURES, columns, rows))


def _counted(one: Tally) -> list[Field]:
    counts = (one.labels, one.found, one.accepted, one.right)
    return [
        *(Field(count, "number") for count in counts),
        _share(one.precision, "precision"),
        _share(one.recall, "recall"),
        _share(one.f1),
        _share(one.average_precision),
    ]


# ---------------------------------------------------------------- misses and false alarms


def _fill_missed(book: Book, sheet: Worksheet, given: Evaluation) -> None:
    heads = ("Labelled as", "Labelled block", "Found in this passage")
    _fill_misses(book, sheet, (given, _OF_MISSES, heads))


def _fill_alarms(book: Book, sheet: Worksheet, given: Evaluation) -> None:
    heads = ("Accepted as", "Passage id", "Labels of this passage")
    _fill_misses(book, sheet, (given, _OF_ALARMS, heads))


def _fill_misses(
    book: Book, sheet: Worksheet, shown: tuple[Evaluation, str, tuple[str, str, str]]
) -> None:
    given, lead, (strength, place, instead) = shown
    many = len(given.policies) > 1
    columns = (
        Column("Action", 9),
        Column("What the action asks", 36),
        Column(strength, 10),
        Column("Passage", 64),
        Column("Likelihood", 11, "head_middle"),
        Column("Why", 54),
        Column("Measure", 12),
        Column(instead, 15),
        Column("Page", 8, "head_middle"),
        Column("Section", 26),
        Column(place, 12),
        Column("Signals", 34),
        *([Column("Policy", 26)] if many else []),
    )
    kind = "missed" if sheet.title == "Misses" else "false alarm"
    actions = {
        one.id: (f"{one.id} †" if one.paraphrase else one.id, one.text)
        for one in given.framework.actions
    }
    rows = [
        _miss_row(one, actions.get(one.action, (one.action, "")), many=many)
        for one in given.misses
        if one.kind == kind
    ]
    _fill_table(book, sheet, (lead, columns, rows))


def _miss_row(one: Miss, action: tuple[str, str], *, many: bool) -> list[Field]:
    match = one.match
    segment = match.segment if match and one.kind == "false alarm" else one.place
    return [
        Field(action[0], "key"),
        Field(shortened(action[1], _LONGEST_WORDING)),
        Field(one.strength.capitalize()),
        Field(one.text),
        Field(_likelihood(match.confidence) if match else NOTHING, "percent"),
        Field(one.why),
        Field((one.measure or "none").capitalize()),
        Field(", ".join(one.instead) or NOTHING),
        Field(_as_number(one.page) if one.page else NOTHING, "number"),
        Field(one.section or NOTHING),
        Field(segment),
        Field("\n".join(signal_lines(one)) or NOTHING, "quiet"),
        *([Field(one.policy)] if many else []),
    ]


def _likelihood(confidence: float) -> float:
    """Never 0% or 100%, which nobody can promise."""
    return round(min(max(confidence, 0.01), 0.99), 2)


def _fill_table(
    book: Book, sheet: Worksheet, table: tuple[str, Sequence[Column], Sequence[Sequence[Field]]]
) -> None:
    """A title, a lead and a table with filters; its first two columns stay in view."""
    lead, columns, rows = table
    cells.set_widths(sheet, [column.width for column in columns])
    cells.put_across(book, (sheet, 1, 1, len(columns)), Field(sheet.title, "title"))
    cells.put_across(book, (sheet, 2, 1, len(columns)), Field(lead, "lead"))
    none = [[Field(NOTHING), Field("None."), *(Field() for _ in columns[2:])]]
    cells.put_table(book, (sheet, 3), columns, rows or none)
    sheet.freeze_panes = "B4"


_SHEETS = {
    "Figures": _fill_figures,
    "By objective": _fill_objectives,
    "By measure type": _fill_measures,
    "Misses": _fill_missed,
    "False alarms": _fill_alarms,
}
