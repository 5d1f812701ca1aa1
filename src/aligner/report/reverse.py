"""The sheets that begin with the policy: its measures that fit no action, and the principles."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aligner import explain
from aligner.report import columns
from aligner.report.cells import Book, Field, put_table, rich
from aligner.report.findings import counts_of, name_of, spans, unmatched
from aligner.report.sheets import (
    MEASURES,
    View,
    action_link,
    page_list,
    page_of,
    planned,
    section_of,
    start_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Analysis, Match, Measure, Mention, PrincipleFinding


def fill_unmatched(book: Book, sheet: Worksheet, seen: View) -> None:
    """One row a measure of the policy that fits no action."""
    start_table(book, sheet, columns.UNMATCHED, seen=seen)
    nearest = _nearest(seen.analysis)
    rows = (_unmatched_row(one, nearest.get(one.segment), seen) for one in unmatched(seen.analysis))
    put_table(book, (sheet, 3), columns.UNMATCHED, rows)
    sheet.freeze_panes = "A4"


def _nearest(analysis: Analysis) -> dict[str, Match]:
    """The likeliest match of each segment that has one, accepted or not."""
    best: dict[str, Match] = {}
    for match in analysis.matches:
        if match.segment not in best or match.confidence > best[match.segment].confidence:
            best[match.segment] = match
    return best


def _unmatched_row(measure: Measure, near: Match | None, seen: View) -> list[Field]:
    segment = seen.segments[measure.segment]
    return [
        Field("Yes" if measure.on_topic else "Not said", "number"),
        Field(MEASURES[measure.type], "number"),
        Field(rich(segment.text, spans(measure.terms, segment.text))),
        Field(page_of(segment), "number"),
        Field(section_of(segment)),
        Field(planned(segment, "Responsible institution")),
        Field(planned(segment, "Deadline")),
        _near_field(near, seen),
    ]


def _near_field(near: Match | None, seen: View) -> Field:
    if near is None:
        return Field("–", "quiet")
    action = seen.actions[near.action]
    mark = explain.paraphrase_mark(action)
    told = f"{action.id}{mark} ({explain.percent(near.confidence)})"
    return Field(told, "quiet", action_link(action, seen) if action.id in seen.rows else "")


# ---------------------------------------------------------------- Guiding principles


def fill_principles(book: Book, sheet: Worksheet, seen: View) -> None:
    """A row a principle with its counts, and below a row a passage."""
    start_table(book, sheet, columns.PRINCIPLES, seen=seen)
    found = seen.analysis.principles
    top = 3 + len(found) + 2
    rows = _principle_rows(found, seen, top=top)
    put_table(book, (sheet, 3), columns.PRINCIPLES, rows)
    types = {one.segment: MEASURES[one.type] for one in seen.analysis.measures}
    evidence = _evidence_for(seen)
    passages = (
        _mention_row(one, mention, seen, number=number, told=(types, evidence))
        for one in found
        for number, mention in enumerate(one.mentions)
    )
    put_table(book, (sheet, top), columns.PRINCIPLE_PASSAGES, passages)
    sheet.freeze_panes = "B4"


def _principle_rows(
    found: Sequence[PrincipleFinding], seen: View, *, top: int
) -> Iterator[list[Field]]:
    row = top + 1
    for one in found:
        yield _principle_row(one, seen, first=row)
        row += len(one.mentions)


def _principle_row(finding: PrincipleFinding, seen: View, *, first: int) -> list[Field]:
    pages = [seen.segments[mention.segment].page for mention in finding.mentions]
    link = f"'Guiding principles'!A{first}" if pages else ""
    return [
        Field(name_of(finding), "key"),
        *(Field(count, "number") for count in counts_of(finding, seen.analysis)),
        Field(page_list(pages) or "No passage speaks of it in these words.", "text"),
        Field(f"Row {first}" if pages else "–", "text", link),
    ]


def _mention_row(
    finding: PrincipleFinding,
    mention: Mention,
    seen: View,
    *,
    number: int,
    told: tuple[dict[str, str], dict[str, str]],
) -> list[Field]:
    segment, (types, evidence) = seen.segments[mention.segment], told
    return [
        Field(name_of(finding), "quiet" if number else "key"),
        Field(page_of(segment), "number"),
        Field(types.get(segment.id, ""), "number"),
        Field(evidence.get(segment.id, ""), "number"),
        Field(rich(segment.text, spans(mention.terms, segment.text))),
        Field(section_of(segment)),
    ]


def _evidence_for(seen: View) -> dict[str, str]:
    actions: dict[str, list[str]] = defaultdict(list)
    for match in seen.analysis.matches:
        if match.accepted:
            mark = explain.paraphrase_mark(seen.actions[match.action])
            actions[match.segment].append(match.action + mark)
    return {segment: ", ".join(names) for segment, names in actions.items()}
