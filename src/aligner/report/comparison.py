"""The workbook of many policies: statuses, passages and common gaps side by side.

In alphabetical order, without totals and ranks, which would compare countries by a count of words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from aligner.model import Action, Objective
from aligner.report.xlsx import replace_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Analysis, Failure, Finding, Segment, Status
    from aligner.report.cells import Book, Column, Field
    from aligner.report.output import Written

    _Named: TypeAlias = Action | Objective


_Kind = TypeVar("_Kind", Action, Objective)

# More columns than this on a page are too small to read; then the sheet takes several pages.
_POLICIES_A_PAGE = 10
# Two lines of an action tell it from the others; each policy's own workbook has it in full.
_LONGEST_WORDING = 140
_SIDE_BY_SIDE = "Policies side by side"
_NO_RANKING = (
    "Policies stand in alphabetical order. A status says what was found in the words of one "
    "document; it is a proposal to check and no measure of a country. Gap: no evidence found."
)


def write_comparison(
    analyses: Sequence[Analysis], path: Path, *, failures: Sequence[Failure] = ()
) -> Written:
    """Where the workbook stands that shows many policies side by side, and those that failed.

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    return replace_workbook(comparison_bytes(analyses, failures=failures), path)


def comparison_bytes(analyses: Sequence[Analysis], *, failures: Sequence[Failure] = ()) -> bytes:
    """The workbook of many policies as the bytes of an .xlsx file."""
    from aligner.report import cells

    book = cells.new_book()
    ordered = sorted(analyses, key=_alphabetical)
    for name, fill in _sheets().items():
        sheet = book.workbook.create_sheet(name)
        fill(book, sheet, ordered)
        cells.set_up_print(sheet, left=_SIDE_BY_SIDE, right="Alphabetical order, no ranking")
        sheet.page_setup.fitToWidth = max(1, math.ceil(len(ordered) / _POLICIES_A_PAGE))
        sheet.print_title_cols = "A:B"
    _fill_policies(book, book.workbook.create_sheet("Policies"), ordered)
    _fill_failures(book, book.workbook.create_sheet("Not read"), failures)
    version = ordered[0].version if ordered else ""
    return cells.to_bytes(book, title=_SIDE_BY_SIDE, creator=f"aligner {version}".strip())


def _sheets() -> dict[str, Callable[[Book, Worksheet, Sequence[Analysis]], None]]:
    """What fills each sheet of statuses and passages, in their order."""
    return {
        "Objectives": _fill_objectives,
        "Actions": _fill_actions,
        "Evidence side by side": _fill_evidence,
        "Common gaps": _fill_common_gaps,
    }


def _alphabetical(analysis: Analysis) -> tuple[str, str, str]:
    from aligner.report.sheets import title_of

    document = analysis.document
    return title_of(document).casefold(), document.name, document.sha256


def _fill_objectives(book: Book, sheet: Worksheet, ordered: Sequence[Analysis]) -> None:
    """Objectives by policies: the status of each objective in each policy."""
    objectives = _union(one for part in ordered for one in part.framework.objectives)
    statuses = [{part.objective: part.status for part in one.objectives} for one in ordered]
    _fill_side_by_side(book, sheet, ("Objective", ordered, objectives, statuses))


def _fill_actions(book: Book, sheet: Worksheet, ordered: Sequence[Analysis]) -> None:
    """Actions by policies: the status of each action in each policy."""
    actions = _union(one for part in ordered for one in part.framework.actions)
    statuses = [{part.action: part.status for part in one.findings} for one in ordered]
    _fill_side_by_side(book, sheet, ("Action", ordered, actions, statuses))


def _union(parts: Iterable[_Kind]) -> list[_Kind]:
    """The parts of all frameworks, each id once, in the order in which they first come."""
    once: dict[str, _Kind] = {}
    for part in parts:
        once.setdefault(part.id, part)
    return list(once.values())


def _fill_side_by_side(
    book: Book,
    sheet: Worksheet,
    shown: tuple[str, Sequence[Analysis], Sequence[_Named], Sequence[dict[str, Status]]],
) -> None:
    """Writes one row a part of the framework and one column a policy; a word and a colour each."""
    from aligner.report import cells

    what, ordered, parts, statuses = shown
    columns = [
        cells.Column(what, 10),
        cells.Column("Title" if what == "Objective" else "What the action asks", 60),
        *(cells.Column(head, 16, "head_middle") for head in _heads(ordered)),
    ]
    cells.set_widths(sheet, [column.width for column in columns])
    title = f"{what}s by policy"
    cells.put_across(book, (sheet, 1, 1, len(columns)), cells.Field(title, "title"))
    lead = cells.Field(_lead(ordered, parts), "lead")
    cells.put_across(book, (sheet, 2, 1, len(columns)), lead)
    rows = (_side_by_side_row(part, statuses) for part in parts)
    cells.put_table(book, (sheet, 3), columns, rows)
    sheet.freeze_panes = "C4"


# What a cell of a passage holds; each policy's own workbook has it whole.
_LONGEST_PASSAGE = 600


def _fill_evidence(book: Book, sheet: Worksheet, ordered: Sequence[Analysis]) -> None:
    """Actions by policies: the best passage of each policy, for actions that one has evidence."""
    from aligner.report import cells

    sides = [_side(one) for one in ordered]
    actions = [
        action
        for action in _union(one for part in ordered for one in part.framework.actions)
        if any(_has_passage(side, action) for side in sides)
    ]
    lead = (
        "The best passage of each policy, with its page; long ones are cut, and stand whole in the "
        f"policy's own workbook. {_lead(ordered, actions)}"
    )
    columns = _start_side_by_side(book, sheet, ordered, lead=lead, width=46)
    rows = ([*_named(action), *(_passage(side, action) for side in sides)] for action in actions)
    cells.put_table(book, (sheet, 3), columns, rows)
    sheet.freeze_panes = "C4"


def _fill_common_gaps(book: Book, sheet: Worksheet, ordered: Sequence[Analysis]) -> None:
    """The actions for which no policy has a passage, and how far that can be trusted in each."""
    from aligner.report import cells

    sides = [_side(one) for one in ordered]
    actions = [
        action
        for action in _union(one for part in ordered for one in part.framework.actions)
        if sides and all(_is_gap(side, action) for side in sides)
    ]
    lead = (
        "Actions for which no passage was found in any of these documents, with the trust in each "
        f"gap. {_lead(ordered, actions)}"
    )
    columns = _start_side_by_side(book, sheet, ordered, lead=lead, width=18)
    rows = ([*_named(action), *(_trust(side, action) for side in sides)] for action in actions)
    cells.put_table(book, (sheet, 3), columns, rows)
    sheet.freeze_panes = "C4"


@dataclass(frozen=True, slots=True)
class _Side:
    """One policy of the comparison, with its parts by id."""

    analysis: Analysis
    findings: dict[str, Finding]
    segments: dict[str, Segment]


def _side(analysis: Analysis) -> _Side:
    return _Side(
        analysis,
        {finding.action: finding for finding in analysis.findings},
        {segment.id: segment for segment in analysis.segments},
    )


def _has_passage(side: _Side, action: Action) -> bool:
    finding = side.findings.get(action.id)
    return finding is not None and bool(finding.matches)


def _is_gap(side: _Side, action: Action) -> bool:
    """Whether the policy was held against the action and has no passage for it."""
    finding = side.findings.get(action.id)
    return finding is not None and finding.status == "gap"


def _passage(side: _Side, action: Action) -> Field:
    """The best passage with its page, or the word for there being none."""
    from aligner import explain
    from aligner.report.cells import SHORT_WORDS, Field, bold_starts
    from aligner.report.sheets import shortened

    finding = side.findings.get(action.id)
    if finding is None:
        return Field("–", "number")
    if not finding.matches:
        return Field(SHORT_WORDS[finding.status], "quiet")
    segment = side.segments[finding.matches[0].segment]
    further = len(finding.matches) - 1
    start = f"Page {explain.pages(segment)}{f' (+{further} more)' if further else ''}: "
    return Field(bold_starts([(start, shortened(segment.text, _LONGEST_PASSAGE))]))


def _trust(side: _Side, action: Action) -> Field:
    """How far the gap can be trusted."""
    from aligner.report.cells import Field
    from aligner.report.sheets import trust_of

    return Field(trust_of(side.findings[action.id], side.analysis.document))


def _start_side_by_side(
    book: Book, sheet: Worksheet, ordered: Sequence[Analysis], *, lead: str, width: float
) -> list[Column]:
    """Title, lead and widths of a sheet of actions by policies; its columns."""
    from aligner.report import cells

    columns = [
        cells.Column("Action", 10),
        cells.Column("What the action asks", 44),
        *(cells.Column(head, width, "head_middle") for head in _heads(ordered)),
    ]
    cells.set_widths(sheet, [column.width for column in columns])
    cells.put_across(book, (sheet, 1, 1, len(columns)), cells.Field(sheet.title, "title"))
    cells.put_across(book, (sheet, 2, 1, len(columns)), cells.Field(lead, "lead"))
    return columns


def _named(action: Action) -> list[Field]:
    from aligner.report.cells import Field
    from aligner.report.sheets import shortened

    mark = " †" if action.paraphrase else ""
    return [
        Field(action.id + mark, "key"),
        Field(shortened(action.text, _LONGEST_WORDING), "quiet"),
    ]


def _side_by_side_row(part: _Named, statuses: Sequence[dict[str, Status]]) -> list[Field]:
    from aligner.report.cells import SHORT_WORDS, Field
    from aligner.report.sheets import shortened

    mark = " †" if part.paraphrase else ""
    found = [status.get(part.id) for status in statuses]
    return [
        Field(part.id + mark, "key_middle"),
        Field(shortened(_wording(part), _LONGEST_WORDING), "text_middle"),
        *(
            Field(SHORT_WORDS[status], f"{status}_middle")
            if status
            else Field("–", "number_middle")
            for status in found
        ),
    ]


def _wording(part: _Named) -> str:
    return part.text if isinstance(part, Action) else part.title


def _heads(ordered: Sequence[Analysis]) -> list[str]:
    """The titles of the policies, with the file's name where two have the same."""
    from aligner.report.sheets import title_of

    titles = [title_of(one.document) for one in ordered]
    return [
        f"{title} ({one.document.name})" if titles.count(title) > 1 else title
        for one, title in zip(ordered, titles, strict=True)
    ]


def _lead(ordered: Sequence[Analysis], parts: Iterable[_Named]) -> str:
    from aligner.report.sheets import PARAPHRASE

    lead = [_NO_RANKING]
    if len({one.framework.sha256 for one in ordered}) > 1:
        lead.append(
            "The policies were not all held against the same framework (see the sheet Policies); "
            "– stands where an entry is not in it."
        )
    if any(part.paraphrase for part in parts):
        lead.append(PARAPHRASE)
    return " ".join(lead)


def _fill_policies(book: Book, sheet: Worksheet, ordered: Sequence[Analysis]) -> None:
    """What was read of each policy, and against what it was held."""
    from aligner.report.cells import Column, Field
    from aligner.report.sheets import page_list, pages_read, title_of

    columns = (
        Column("Policy", 44),
        Column("File", 28),
        Column("Language", 11),
        Column("Pages read", 24),
        Column("Pages not read", 18),
        Column("Framework", 34),
        Column("SHA-256 of the file", 34),
    )
    rows = (
        (
            title_of(one.document),
            one.document.name,
            one.document.language or "not known",
            pages_read(one.document),
            page_list(one.document.unread_pages) or "none",
            f"{one.framework.title} {one.framework.version} ({one.framework.sha256[:12]})",
            one.document.sha256,
        )
        for one in ordered
    )
    _fill_list(book, sheet, (columns, [[Field(value) for value in row] for row in rows]))


def _fill_failures(book: Book, sheet: Worksheet, failures: Sequence[Failure]) -> None:
    """The documents that could not be read, what happened, and what to do about it."""
    from aligner.report.cells import Column, Field

    columns = (
        Column("File", 44),
        Column("What happened", 60),
        Column("What to do", 60),
        Column("Code", 14),
    )
    ordered = sorted(failures, key=lambda one: (one.source, one.code, one.message))
    rows = [
        [Field(part) for part in (one.source, one.message, one.hint, one.code)] for one in ordered
    ]
    none = [[Field("–"), Field("All documents were read."), Field("–"), Field("–")]]
    _fill_list(book, sheet, (columns, rows or none))


def _fill_list(
    book: Book, sheet: Worksheet, table: tuple[Sequence[Column], Sequence[Sequence[Field]]]
) -> None:
    """Writes a title and a table; the sheet's name is the title."""
    from aligner.report import cells

    columns, rows = table
    cells.set_widths(sheet, [column.width for column in columns])
    cells.put_across(book, (sheet, 1, 1, len(columns)), cells.Field(sheet.title, "title"))
    cells.put_table(book, (sheet, 2), columns, rows)
    sheet.freeze_panes = "B3"
    cells.set_up_print(sheet, left=_SIDE_BY_SIDE, right=sheet.title)
