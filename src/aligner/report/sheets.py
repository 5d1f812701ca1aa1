"""The sheets of one policy's workbook, each a function that fills an empty sheet.

Imports openpyxl through cells.py, so it is itself imported only when a workbook is written.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

from aligner import explain
from aligner.notes import GRAVE
from aligner.report import charts, columns
from aligner.report.cells import (
    SHORT_WORDS,
    WORDS,
    Book,
    Column,
    Field,
    bold_starts,
    put,
    put_across,
    put_row,
    put_table,
    rich,
    set_widths,
)
from aligner.report.findings import came_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import (
        Action,
        Analysis,
        Document,
        Finding,
        Match,
        MeasureType,
        Note,
        Objective,
        ObjectiveFinding,
        Segment,
        Status,
    )

LETTERS: dict[Status, str] = {"covered": "C", "partial": "P", "gap": "G", "not_assessed": "N"}
MEANINGS: dict[Status, str] = {
    "covered": "at least one passage holds the core of the action.",
    "partial": "passages hold only a part of the action, or put it in general terms.",
    "gap": "no passage was found. That is a finding about the text that was read, not a proof that "
    "nothing is done; the sheet Gaps says what was searched and what came near.",
    "not_assessed": "no passage was found, but too many pages were not readable to call it a gap.",
}
PARAPHRASE = (
    "† A paraphrase in words of our own, not the official text. Quote the Compact itself instead."
)
MEASURES: dict[MeasureType, str] = {
    "commitment": "Commits to it",
    "mandate": "Mandates it",
    "plan": "Plans it",
    "funding": "Funds it",
    "operation": "Runs it",
}
READING = (
    "Each status is a proposal for an analyst to check, and no score: nothing here ranks "
    "countries. Begin with the sheet Coverage matrix; a click on a letter leads to the action. "
    "Evidence has each passage word for word with its page. The light columns are yours to fill "
    "in; decisions on single passages belong into Review. Confidence is the estimated likelihood "
    "that a status is right. The status of an objective sums up those of its actions."
)
METHOD = """\
aligner compares words: those of each passage with those of the actions, with rules written for \
each action, and with known wordings of policies (aligner framework example NAME shows their \
words). It does not understand the text.
It can miss a measure that is put in unusual words, and it can take for evidence what only shares \
the topic. Check a passage before you cite it.
It reads this document alone. Laws, budgets and programmes that stand elsewhere are not seen, and \
a promise on paper says nothing of its being kept.
Pictures, maps and pages without readable text are not read; see Pages not read.
"""
REPEATING = (
    "the options listed above; the same file, framework and version give the same report, byte for "
    "byte"
)
# Enough of a passage to judge it by; the whole stands in the sheet Evidence or in the policy.
_SHORT_QUOTE = 300
_SHORT_ACTION = 150
_NEAREST_SHOWN = 3
_TOP_OF_ACTIONS = 3
_PLAIN_NAME = re.compile(r"[\w.,() -]+")


@dataclass(frozen=True, slots=True)
class View:
    """An analysis with its parts by id; `rows` are the rows of the actions in the sheet Actions."""

    analysis: Analysis
    title: str
    segments: dict[str, Segment]
    actions: dict[str, Action]
    findings: dict[str, Finding]
    rows: dict[str, int]


def view(analysis: Analysis) -> View:
    """The analysis made ready for the sheets."""
    return View(
        analysis=analysis,
        title=title_of(analysis.document),
        segments={segment.id: segment for segment in analysis.segments},
        actions={action.id: action for action in analysis.framework.actions},
        findings={finding.action: finding for finding in analysis.findings},
        rows=_rows_of(analysis),
    )


def _rows_of(analysis: Analysis) -> dict[str, int]:
    """The row of each action in the sheet Actions, where each objective has a row of its own."""
    objectives = {action.id: action.objective for action in analysis.framework.actions}
    rows, row, above = {}, _TOP_OF_ACTIONS, ""
    for finding in analysis.findings:
        row += 1 if objectives[finding.action] == above else 2
        rows[finding.action], above = row, objectives[finding.action]
    return rows


def title_of(document: Document) -> str:
    """The policy's title, or its file name when it has none."""
    return " ".join(document.title.split()) or document.name


# ---------------------------------------------------------------- Summary


def fill_summary(book: Book, sheet: Worksheet, seen: View) -> None:
    """What stands in the policy at a glance, then one row an objective."""
    set_widths(sheet, [column.width for column in columns.SUMMARY])
    put_across(book, (sheet, 1, 1, 9), Field(seen.title, "title"))
    row = _put_facts(book, (sheet, 2), _summary_facts(seen), last=9)
    row = _put_tiles(book, (sheet, row + 1), seen)
    head = row + charts.ROWS + 2
    rows = (_summary_row(part, seen) for part in seen.analysis.objectives)
    last = put_table(book, (sheet, head), columns.SUMMARY, rows)
    sheet.auto_filter.ref = None  # the first sheet is for reading
    sheet.freeze_panes = None
    sheet.row_breaks.append(Break(head - 1))  # in print the objectives begin on a page of their own
    charts.add(book, (sheet, row - 1, head, last), seen.analysis)


def _summary_facts(seen: View) -> Iterator[tuple[str, str]]:
    analysis = seen.analysis
    yield "Policy", analysis.document.name
    yield "Held against", f"{analysis.framework.title} (version {analysis.framework.version})"
    yield "Pages read", pages_read(analysis.document)
    for note in analysis.notes:
        if note.code in GRAVE:
            yield "Please note", note.message
    yield "How to read it", READING
    for status, meaning in MEANINGS.items():
        yield SHORT_WORDS[status], meaning[:1].upper() + meaning[1:]
    if any(action.paraphrase for action in seen.actions.values()):
        yield "†", PARAPHRASE.removeprefix("† ")


def pages_read(document: Document) -> str:
    """How many pages were read, and which were not."""
    unread = len(document.unread_pages)
    read = f"{max(document.pages - unread, 0)} of {document.pages}"
    words = f"{document.words:,} words"
    if not unread:
        return f"{read} ({words})"
    which = f"page{'s' if unread > 1 else ''} {page_list(document.unread_pages)}"
    return f"{read} ({words}); {which} could not be read"


def page_list(pages: Sequence[int]) -> str:
    """Pages in short: "3, 7–9"."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _put_facts(
    book: Book, place: tuple[Worksheet, int], facts: Iterable[tuple[str, object]], *, last: int
) -> int:
    """Writes names and what they stand for from (sheet, row) on; gives the next row."""
    sheet, row = place
    for name, value in facts:
        put_across(book, (sheet, row, 2, last), Field(value, "plain"))
        put_across(book, (sheet, row, 1, 1), Field(name, "label"))
        row += 1
    return row


def _put_tiles(book: Book, place: tuple[Worksheet, int], seen: View) -> int:
    """Writes the four headline counts above the columns of the table that they sum up."""
    sheet, row = place
    counts = Counter(finding.status for finding in seen.analysis.findings)
    put(book, (sheet, row, 2), Field(f"All {len(seen.findings)} actions", "title"))
    for column, (status, word) in enumerate(SHORT_WORDS.items(), start=4):
        put(book, (sheet, row, column), Field(counts[status], f"{status}_big"))
        put(book, (sheet, row + 1, column), Field(word, status))
    sheet.row_dimensions[row].height, sheet.row_dimensions[row + 1].height = 34, 18
    return row + 1


def _summary_row(part: ObjectiveFinding, seen: View) -> list[Field]:
    objective = _objective(part.objective, seen.analysis)
    best = _best_of_objective(part.objective, seen)
    counts = (part.covered, part.partial, part.gap, part.not_assessed)
    return [
        Field(part.objective, "key_middle", f"'Coverage matrix'!A{_matrix_row(part, seen)}"),
        Field(_objective_title(objective), "text_middle"),
        Field(SHORT_WORDS[part.status], f"{part.status}_middle"),
        *(Field(count, "number_middle") for count in counts),
        _confidence(part, look="percent_middle"),
        Field(page_of(seen.segments[best.segment]) if best else "–", "number_middle"),
    ]


def _matrix_row(part: ObjectiveFinding, seen: View) -> int:
    return 4 + [one.objective for one in seen.analysis.objectives].index(part.objective)


def _objective(name: str, analysis: Analysis) -> Objective | None:
    return next((one for one in analysis.framework.objectives if one.id == name), None)


def _objective_title(objective: Objective | None) -> str:
    if objective is None:
        return ""
    return f"{objective.title} †" if objective.paraphrase else objective.title


def _best_of_objective(name: str, seen: View) -> Match | None:
    matches = [
        finding.matches[0]
        for finding in seen.analysis.findings
        if finding.matches and seen.actions[finding.action].objective == name
    ]
    return min(matches, key=lambda one: (-one.confidence, one.segment), default=None)


def page_of(segment: Segment) -> int | str:
    """A number where it is one page, so that Excel sorts it as one."""
    return segment.page if segment.page_end <= segment.page else explain.pages(segment)


def _confidence(part: Finding | ObjectiveFinding, *, look: str = "percent") -> Field:
    if part.status == "not_assessed":
        return Field("–", look)
    return Field(shown(part.confidence), look)


def shown(confidence: float) -> float:
    """A likelihood in whole per cent; never 0 or 100, which nobody can promise."""
    return min(max(round(confidence, 2), 0.01), 0.99)


# ---------------------------------------------------------------- Coverage matrix


def fill_matrix(book: Book, sheet: Worksheet, seen: View) -> None:
    """Objectives by actions: a letter and a colour each, leading to the action's row."""
    heads, places = matrix_places(seen.analysis)
    set_widths(sheet, [*(one.width for one in columns.MATRIX), *(5.5 for _ in heads)])
    last = 3 + len(heads)
    put_across(book, (sheet, 1, 1, last), Field(f"Coverage matrix: {seen.title}", "title"))
    put_across(book, (sheet, 2, 1, last), Field(_matrix_lead(seen), "lead"))
    shown = [*columns.MATRIX, *(Column(head, 5.5, "head_middle") for head in heads)]
    rows = (_matrix_line(part, seen, places, len(heads)) for part in seen.analysis.objectives)
    row = put_table(book, (sheet, 3), shown, rows)
    sheet.auto_filter.ref = None  # arrows would hide the one letter of a head
    sheet.freeze_panes = "D4"
    _put_legend(book, (sheet, row + 2))


def _matrix_lead(seen: View) -> str:
    lead = "One cell an action. Click a letter to go to the action; the legend stands below."
    if any(action.paraphrase for action in seen.actions.values()):
        return f"{lead} † marks a paraphrase, not the official text."
    return lead


def matrix_places(analysis: Analysis) -> tuple[list[str], dict[str, int]]:
    """Heads of the columns (a, b, c, or 1, 2, 3) and the column of each action, from 0."""
    suffixes = {
        action.id: action.id.removeprefix(f"{action.objective}.")
        for action in analysis.framework.actions
    }
    lettered = all(len(suffix) == 1 and suffix.isalpha() for suffix in suffixes.values())
    if lettered:
        heads = sorted(set(suffixes.values()))
        return heads, {name: heads.index(suffix) for name, suffix in suffixes.items()}
    seen: Counter[str] = Counter()
    places = {}
    for action in analysis.framework.actions:
        places[action.id] = seen[action.objective]
        seen[action.objective] += 1
    return [str(number + 1) for number in range(max(seen.values(), default=0))], places


def _matrix_line(
    part: ObjectiveFinding, seen: View, places: dict[str, int], width: int
) -> list[Field]:
    cells = [Field(None, "empty")] * width
    for action in seen.analysis.framework.actions:
        finding = seen.findings.get(action.id)
        if finding and action.objective == part.objective:
            cells[places[action.id]] = _matrix_cell(finding, action, seen)
    return [
        Field(part.objective, "key_middle"),
        Field(_objective_title(_objective(part.objective, seen.analysis)), "text_middle"),
        Field(SHORT_WORDS[part.status], f"{part.status}_middle"),
        *cells,
    ]


def _matrix_cell(finding: Finding, action: Action, seen: View) -> Field:
    letter = LETTERS[finding.status] + ("†" if action.paraphrase else "")
    return Field(letter, f"{finding.status}_middle", f"Actions!A{seen.rows[action.id]}")


def _put_legend(book: Book, place: tuple[Worksheet, int]) -> None:
    sheet, row = place
    for row, (status, letter) in enumerate(LETTERS.items(), start=row):  # noqa: B020
        put(book, (sheet, row, 1), Field(letter, f"{status}_middle"))
        put(book, (sheet, row, 2), Field(WORDS[status], "plain"))
        sheet.row_dimensions[row].height = 16


# ---------------------------------------------------------------- Actions


def fill_actions(book: Book, sheet: Worksheet, seen: View) -> None:
    """One row an action: what the policy says, and blank columns for the ministry."""
    start_table(book, sheet, columns.ACTIONS, seen=seen)
    rows = grouped(((one.action, _action_row(one, seen)) for one in seen.analysis.findings), seen)
    last = put_table(book, (sheet, _TOP_OF_ACTIONS), columns.ACTIONS, rows)
    sheet.freeze_panes = f"C{_TOP_OF_ACTIONS + 1}"
    words = ",".join(SHORT_WORDS.values())
    choice = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
    choice.add(f"P{_TOP_OF_ACTIONS + 1}:P{max(last, _TOP_OF_ACTIONS + 1)}")
    sheet.add_data_validation(choice)


def grouped(rows: Iterable[tuple[str, Sequence[Field]]], seen: View) -> Iterator[Sequence[Field]]:
    """The rows of (action, fields), with a row of the objective above those of its actions."""
    above = ""
    for name, fields in rows:
        objective = seen.actions[name].objective
        if objective != above:
            title = _objective_title(_objective(objective, seen.analysis))
            blank = [Field(None, "group")] * (len(fields) - 2)
            yield [Field(objective, "group"), Field(title, "group"), *blank]
        above = objective
        yield fields


def start_table(
    book: Book, sheet: Worksheet, shown: Sequence[Column], *, seen: View, hidden: int = 0
) -> None:
    """Widths, a title in row 1 and the legend of the dagger in row 2; the heads come in row 3.

    The last `hidden` columns are not seen, so no text runs over them.
    """
    set_widths(sheet, [column.width for column in shown])
    last = len(shown) - hidden
    put_across(book, (sheet, 1, 1, last), Field(f"{sheet.title}: {seen.title}", "title"))
    lead = _LEADS[sheet.title]
    if sheet.title != "Dictionary" and any(one.paraphrase for one in seen.actions.values()):
        lead = f"{lead} {PARAPHRASE}"
    put_across(book, (sheet, 2, 1, last), Field(lead, "lead"))


_LEADS = {
    "Actions": "One row an action. The light columns are for the ministry; what an action-plan "
    "table says of sector, indicator, institution, deadline and budget stands there already.",
    "Evidence": "One row a passage and action, the best first. Words that led to it are bold. "
    "'Set aside' passages do not count: something in them speaks against it.",
    "Gaps": "One row an action without evidence. The nearest passages are those that came closest. "
    "The last column puts the action into a sentence of a policy, with blanks; whether the policy "
    "should say so is for people to decide.",
    "Unmatched measures": "One row a passage that commits to something and is evidence for no "
    "action, those about migration first, orders before promises. Some are no business of the "
    "framework; others may be evidence that was missed.",
    "Guiding principles": "Where the policy speaks of the principles that cut across all actions, "
    "in words. A principle can be kept without its name, and named without being kept.",
    "Dictionary": "What stands in each column of each sheet, and who fills it.",
    "Review": "One row a proposal. Only the light columns can be changed; the sheet has no "
    "password. Leave them in place: hidden columns hold the keys by which decisions are read back.",
}


def _action_row(finding: Finding, seen: View) -> list[Field]:
    action = seen.actions[finding.action]
    best = finding.matches[0] if finding.matches else None
    return [
        Field(action.id + explain.paraphrase_mark(action), "key"),
        Field(action.text),
        Field(SHORT_WORDS[finding.status], finding.status),
        _confidence(finding),
        Field(best.strength.capitalize() if best else "–", "number"),
        _measure(best.measure if best else None),
        Field(len(finding.matches), "number"),
        *_best_fields(finding, seen),
        *(Field(_planned(finding, heads, seen), "input") for heads in _PLANNED.values()),
        Field(None, "input"),
        Field(None, "input"),
    ]


def _best_fields(finding: Finding, seen: View) -> list[Field]:
    """The best passage with its page and section, or that there is none."""
    if not finding.matches:
        return [Field(_nothing(finding), "quiet"), Field("–", "number"), Field("")]
    best = seen.segments[finding.matches[0].segment]
    return [Field(best.text), Field(page_of(best), "number"), Field(section_of(best))]


def _measure(kind: MeasureType | None) -> Field:
    return Field(MEASURES[kind] if kind else "", "number")


# The columns of an action plan as ingest/heads.py names them; the heads of unknown ones are kept
# as they stand, so a sector is told by the beginning of its head.
_PLANNED = {
    "Sector": ("sector", "secteur", "thematic area", "área temática", "axe"),
    "National indicator": ("indicator",),
    "Responsible institution": ("responsible",),
    "Deadline": ("deadline",),
    "Budget": ("budget",),
}


def planned(segment: Segment, column: str) -> str:
    """What the row of an action plan says in the column of that name; empty where nothing.

    A dash stands for nothing in such tables.
    """
    heads = _PLANNED[column]
    found = (text for head, text in segment.fields if head.strip().casefold().startswith(heads))
    return next((text.strip() for text in found if re.search(r"\w", text)), "")


def _planned(finding: Finding, heads: Sequence[str], seen: View) -> str | None:
    """What the best passage from an action plan says, with its page where it is another one."""
    column = next(name for name, known in _PLANNED.items() if known == heads)
    for number, match in enumerate(finding.matches):
        segment = seen.segments[match.segment]
        if text := planned(segment, column):
            return f"{text} (page {explain.pages(segment)})" if number else text
    return None


def _nothing(finding: Finding) -> str:
    if finding.status == "not_assessed":
        return "Not assessed: pages that could hold it were not readable."
    return "No evidence found; see the sheet Gaps."


def section_of(segment: Segment) -> str:
    """The headings, and below them what the passage is read with (lead-in, column heads)."""
    return "\n".join(filter(None, (explain.section(segment), " | ".join(segment.context))))


# ---------------------------------------------------------------- Evidence


def fill_evidence(book: Book, sheet: Worksheet, seen: View) -> None:
    """One row a passage and action: the passage in full, its page, and why it was matched."""
    start_table(book, sheet, columns.EVIDENCE, seen=seen)
    rows = (
        (finding.action, _evidence_row(match, seen))
        for finding in seen.analysis.findings
        for match in (*finding.matches, *finding.set_aside)
    )
    put_table(book, (sheet, 3), columns.EVIDENCE, grouped(rows, seen))
    sheet.freeze_panes = "B4"


def _evidence_row(match: Match, seen: View) -> list[Field]:
    segment, action = seen.segments[match.segment], seen.actions[match.action]
    strength = match.strength.capitalize() if match.accepted else "Set aside"
    look = "text" if match.accepted else "quiet"
    return [
        Field(action.id + explain.paraphrase_mark(action), "key", action_link(action, seen)),
        Field(shortened(action.text, _SHORT_ACTION), "quiet"),
        Field(strength, "number" if match.accepted else "quiet"),
        _measure(match.measure),
        Field(shown(match.confidence), "percent"),
        Field(rich(segment.text, explain.highlights(match, segment)), look),
        Field(page_of(segment), "number"),
        Field(section_of(segment)),
        Field(explain.explain(match, segment, action)),
    ]


def action_link(action: Action, seen: View) -> str:
    """The place of the action's row in the sheet Actions."""
    return f"Actions!A{seen.rows[action.id]}"


def shortened(text: str, longest: int) -> str:
    """The text, or its first words and an ellipsis."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(",;:. ") + " …"


# ---------------------------------------------------------------- Gaps


def fill_gaps(book: Book, sheet: Worksheet, seen: View) -> None:
    """One row an action without evidence: how far to trust that, and what came near."""
    start_table(book, sheet, columns.GAPS, seen=seen)
    gaps = [part for part in seen.analysis.findings if part.status in ("gap", "not_assessed")]
    rows = grouped(((one.action, _gap_row(one, seen)) for one in gaps), seen)
    put_table(book, (sheet, 3), columns.GAPS, rows)
    sheet.freeze_panes = "B4"


def _gap_row(finding: Finding, seen: View) -> list[Field]:
    action = seen.actions[finding.action]
    return [
        Field(action.id + explain.paraphrase_mark(action), "key", action_link(action, seen)),
        Field(action.text),
        Field(SHORT_WORDS[finding.status], finding.status),
        Field(trust_of(finding, seen.analysis.document)),
        _searched(finding, action),
        Field(bold_starts(_nearest(finding, seen)) or "Nothing in the text comes near.", "text"),
        Field(explain.suggestion(action), "quiet"),
    ]


def _searched(finding: Finding, action: Action) -> Field:
    """The words of the rules; where no rule is written, assess gives the action's own text."""
    if not finding.searched or finding.searched == (action.text,):
        return Field(_NO_RULE, "quiet")
    return Field("\n".join(shortened(words, _SHORT_QUOTE) for words in finding.searched))


def trust_of(finding: Finding, document: Document) -> str:
    """How far one may rely on "nothing was found", with the share of pages that were not read."""
    unread = len(document.unread_pages)
    pages = f"{unread} of {document.pages} pages could not be read" if unread else ""
    if finding.status == "not_assessed":
        return f"Cannot be judged: {pages or 'the text could not be read'}"
    level = next(word for least, word in _TRUST if finding.confidence >= least)
    return "; ".join(filter(None, (f"{level} ({explain.percent(finding.confidence)})", pages)))


_NO_RULE = "No rule is written for it; passages were compared with its text as a whole."
_TRUST = ((0.8, "High"), (0.6, "Medium"), (-1.0, "Low"))


def _nearest(finding: Finding, seen: View) -> Iterator[tuple[str, str]]:
    action = seen.actions[finding.action]
    for number, match in enumerate(came_near(finding)[:_NEAREST_SHOWN], start=1):
        segment = seen.segments[match.segment]
        quote = " ".join(shortened(segment.text, _SHORT_QUOTE).split())
        why = explain.shortfall(match, segment, action)
        yield f"{number}. Page {explain.pages(segment)}: ", f"“{quote}” {why}"


# ---------------------------------------------------------------- About


def fill_about(book: Book, sheet: Worksheet, seen: View) -> None:
    """What was read, held against what, how, with what faults and limits, and how to repeat it."""
    set_widths(sheet, [column.width for column in columns.ABOUT])
    put_across(book, (sheet, 1, 1, 2), Field(f"About: {seen.title}", "title"))
    row = 2
    for heading, facts in _about(seen.analysis):
        row += 1
        put_row(book, (sheet, row), [Field(heading, "head"), Field("", "head")])
        for row, (name, value) in enumerate(facts, start=row + 1):  # noqa: B020
            put_row(book, (sheet, row), [Field(name, "key"), Field(value)])
        row += 1


def _about(analysis: Analysis) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield "The policy", _about_document(analysis.document)
    yield "The framework", _about_framework(analysis)
    yield "Notes", _about_notes(analysis)
    yield (
        "Limits of the method",
        [(str(n), text) for n, text in enumerate(METHOD.splitlines(), start=1)],
    )
    yield "Options", list(analysis.options) or [("–", "all as they come")]
    yield "To repeat it", _about_repeating(analysis)


def _about_repeating(analysis: Analysis) -> list[tuple[str, str]]:
    name = analysis.document.name
    # The command is made to be copied into a shell: a name that a shell would run stays out of it.
    shown = f'"{name}"' if _PLAIN_NAME.fullmatch(name) else "POLICY"
    return [
        ("Version", f"aligner {analysis.version}"),
        ("Command", f"aligner analyze {shown} -o report.xlsx"),
        ("With", REPEATING),
    ]


def _about_document(document: Document) -> list[tuple[str, str]]:
    return [
        ("Title", title_of(document)),
        ("File", document.name),
        ("SHA-256 of the file", document.sha256),
        ("Language", document.language or "not known"),
        ("State", _STATES.get(document.status, document.status)),
        ("Pages read", pages_read(document)),
        ("Pages not read", page_list(document.unread_pages) or "none"),
    ]


_STATES = {
    "ok": "read as a whole",
    "partial": "read in part",
    "scanned": "pictures of pages without text",
    "empty": "without text",
}


def _about_framework(analysis: Analysis) -> list[tuple[str, str]]:
    framework = analysis.framework
    facts = [
        ("Title", framework.title),
        ("Id and version", f"{framework.id}, version {framework.version}"),
        ("SHA-256", framework.sha256),
        ("Size", f"{len(framework.objectives)} objectives, {len(framework.actions)} actions"),
    ]
    paraphrased = [action.id for action in framework.actions if action.paraphrase]
    if paraphrased:
        facts.append(("† Paraphrase", f"{PARAPHRASE} It concerns {', '.join(paraphrased)}."))
    return facts + [
        ("Fault of the list", f"{fault.message} ({fault.file}, line {fault.line}; {fault.code})")
        for fault in framework.faults
    ]


def _about_notes(analysis: Analysis) -> list[tuple[str, str]]:
    notes = dict.fromkeys((*analysis.document.notes, *analysis.notes))
    return [(note.code, _with_page(note)) for note in notes] or [("–", "none")]


def _with_page(note: Note) -> str:
    told = note.page is None or f"page {note.page}" in note.message.casefold()
    return note.message if told else f"Page {note.page}: {note.message}"
