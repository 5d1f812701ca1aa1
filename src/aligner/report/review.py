"""The sheets Review, in which analysts decide, and Dictionary, which explains every column.

Review is laid out so that it can be read back: a row a proposal, hidden columns with keys that do
not change when the policy is read again (the file, the words of the passage, the action), and
nothing but the columns for decisions can be changed. The protection has no password: it guards
against slips, not against people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.worksheet.datavalidation import DataValidation

from aligner import explain
from aligner.report import columns
from aligner.report.cells import SHORT_WORDS, Book, Column, Field, put_table
from aligner.report.sheets import View, shortened, shown, start_table
from aligner.text import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Action, Finding, Match

DECISIONS = ("accept", "reject", "other action", "not applicable")
# The column of each thing that is decided or read back.
_DECISION, _OTHER, _KEYS = "G", "H", "KLM"
_TOP = 3
_SHORT_ACTION = 150


def fill_review(book: Book, sheet: Worksheet, seen: View) -> None:
    """One row a proposal: each passage with an action, and each action without a passage."""
    start_table(book, sheet, columns.REVIEW, seen=seen, hidden=len(_KEYS))
    rows = [row for finding in seen.analysis.findings for row in _rows(finding, seen)]
    last = put_table(book, (sheet, _TOP), columns.REVIEW, rows)
    sheet.freeze_panes = f"B{_TOP + 1}"
    for letter in _KEYS:
        sheet.column_dimensions[letter].hidden = True
    if rows:
        _add_choices(sheet, last, seen)
    _protect(sheet)


def _rows(finding: Finding, seen: View) -> Iterator[list[Field]]:
    action = seen.actions[finding.action]
    groups: dict[str, list[Match]] = {}
    for match in (*finding.matches, *finding.set_aside):
        words = fingerprint(seen.segments[match.segment].text)
        groups.setdefault(words, []).append(match)
    for words, matches in groups.items():
        yield _passage_row(matches, action, seen, key=words)
    if not finding.matches:
        yield _gap_row(finding, action, seen)


def _passage_row(matches: list[Match], action: Action, seen: View, *, key: str) -> list[Field]:
    """A passage as a proposal; the same words at several places are one."""
    best = matches[0]
    segments = [seen.segments[match.segment] for match in matches]
    pages = ", ".join(dict.fromkeys(explain.pages(segment) for segment in segments))
    proposed = f"{best.strength.capitalize()} evidence" if best.accepted else "Set aside"
    return [
        *_named(action, seen),
        Field(proposed, "number"),
        Field(shown(best.confidence), "percent"),
        Field(segments[0].text),
        Field(int(pages) if pages.isdecimal() else pages, "number"),
        *_blank_and_keys(action, seen, key=key),
    ]


def _gap_row(finding: Finding, action: Action, seen: View) -> list[Field]:
    unknown = finding.status == "not_assessed"
    return [
        *_named(action, seen),
        Field(SHORT_WORDS[finding.status], finding.status),
        Field("–", "percent") if unknown else Field(shown(finding.confidence), "percent"),
        Field("No passage was found; the sheet Gaps says what came near.", "quiet"),
        Field("–", "number"),
        *_blank_and_keys(action, seen, key=""),
    ]


def _named(action: Action, seen: View) -> list[Field]:
    link = f"Actions!A{seen.rows[action.id]}"
    return [
        Field(action.id + explain.paraphrase_mark(action), "key", link),
        Field(shortened(action.text, _SHORT_ACTION), "quiet"),
    ]


def _blank_and_keys(action: Action, seen: View, *, key: str) -> list[Field]:
    keys = (seen.analysis.document.sha256, key, action.id)
    return [*(Field(None, "input") for _ in range(4)), *(Field(text, "quiet") for text in keys)]


def _add_choices(sheet: Worksheet, last: int, seen: View) -> None:
    decision = DataValidation(type="list", formula1=f'"{",".join(DECISIONS)}"', allow_blank=True)
    decision.promptTitle, decision.prompt = "Decision", "Choose what you decide on this proposal."
    decision.errorTitle, decision.error = "Decision", f"Choose: {', '.join(DECISIONS)}."
    rows = sorted(seen.rows.values())
    # Ids are taken from Actions; rows of objectives among them are passed over when read back.
    places = f"Actions!$A${rows[0]}:$A${rows[-1]}"
    other = DataValidation(type="list", formula1=places, allow_blank=True)
    other.errorTitle, other.error = "Other action", "Choose an action of the sheet Actions."
    for choice, letter in ((decision, _DECISION), (other, _OTHER)):
        choice.showErrorMessage = choice.showInputMessage = True
        choice.add(f"{letter}{_TOP + 1}:{letter}{last}")
        sheet.add_data_validation(choice)


def _protect(sheet: Worksheet) -> None:
    """Cells stay as they are but for the open ones; columns can be widened and rows filtered."""
    protection = sheet.protection
    protection.sheet = True
    # False: the analyst may.
    protection.autoFilter = protection.formatColumns = protection.formatRows = False
    protection.selectLockedCells = protection.selectUnlockedCells = False


# ---------------------------------------------------------------- Dictionary


def fill_dictionary(book: Book, sheet: Worksheet, seen: View) -> None:
    """A row for each column of each sheet: what stands in it and who fills it."""
    start_table(book, sheet, columns.DICTIONARY, seen=seen)
    rows = (
        [Field(name, "key"), Field(column.head), Field(column.meaning), Field(_filler(column))]
        for name, shown in _tables()
        for column in shown
    )
    put_table(book, (sheet, _TOP), columns.DICTIONARY, rows)
    sheet.freeze_panes = f"A{_TOP + 1}"


def _filler(column: Column) -> str:
    if column.look != "head_input":
        return "aligner"
    return "aligner and you" if column.meaning.startswith("From") else "you"


def _tables() -> Iterator[tuple[str, tuple[Column, ...]]]:
    """Every sheet with its columns, in the order of the workbook."""
    head, meaning = columns.MATRIX_CELL
    yield "Summary", columns.SUMMARY
    yield "Coverage matrix", (*columns.MATRIX, Column(head, 5.5, meaning=meaning))
    yield "Actions", columns.ACTIONS
    yield "Evidence", columns.EVIDENCE
    yield "Gaps", columns.GAPS
    yield "Unmatched measures", columns.UNMATCHED
    yield "Guiding principles", columns.PRINCIPLES
    yield "Guiding principles, passages", columns.PRINCIPLE_PASSAGES
    yield "Review", columns.REVIEW
    yield "Dictionary", columns.DICTIONARY
    yield "About", columns.ABOUT
