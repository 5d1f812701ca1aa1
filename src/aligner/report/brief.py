"""The Word brief: two to six pages that an officer can circulate, in a template of one's own.

It shows the picture, the best passages with their pages, the gaps and what to do next; it proves
nothing that the workbook does not. Quotes are cut where they must be, and the cut is seen.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aligner import explain
from aligner.errors import OptionsError
from aligner.notes import GRAVE
from aligner.report.findings import name_of, unmatched
from aligner.report.output import Written, replace_file
from aligner.report.packing import STAMP, repacked, xml_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aligner.model import (
        Analysis,
        Finding,
        Match,
        ObjectiveFinding,
        PrincipleFinding,
        Segment,
        Status,
    )

_WORDS: dict[Status, str] = {
    "covered": "covered",
    "partial": "partly covered",
    "gap": "without evidence",
    "not_assessed": "not assessed",
}
_LETTERS: dict[Status, str] = {"covered": "C", "partial": "P", "gap": "G", "not_assessed": "N"}
# (ground, ink): contrast of 7:1 at least; the letter says the same without colour.
_COLOURS: dict[Status, tuple[str, str]] = {
    "covered": ("CFE7DF", "0B4538"),
    "partial": ("FBE8BF", "5A3D00"),
    "gap": ("F4D6D0", "6B1C12"),
    "not_assessed": ("E4E4E4", "3A3A3A"),
}
_INK = "1F3A5F"
# Six pages hold 23 objectives when each quotes two passages of this length (measured: 5).
_LONGEST_QUOTE = 240
_QUOTES = 2
_LONGEST_REASON = 320
_LONGEST_TITLE = 200
_LONGEST_LIST = 12
_NEAREST = 6
_LARGEST_TEMPLATE = 50 * 1024 * 1024


def write_brief(analysis: Analysis, path: Path, *, template: Path | None = None) -> Written:
    """Where the Word brief of the analysis stands (see replace_file).

    Raises:
        OptionsError: the template cannot be used, or python-docx is not installed.
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    data = brief_bytes(analysis, template=template)

    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(path, write)


def brief_bytes(analysis: Analysis, *, template: Path | None = None) -> bytes:
    """The brief as the bytes of a .docx file, in the styles of the template if there is one."""
    document = _opened(template)
    if template is None:
        _set_up(document)
    _title(document, analysis)
    _scope(document, analysis)
    _picture(document, analysis)
    _objectives(document, analysis)
    _across(document, analysis)
    _gaps(document, analysis)
    _next_steps(document, analysis)
    _properties(document, analysis)
    out = BytesIO()
    document.save(out)
    return repacked(out.getvalue())


# ---------------------------------------------------------------- the template


def _opened(template: Path | None) -> Any:
    try:
        import docx
    except ImportError as error:
        raise OptionsError(
            "Word briefs need the package python-docx, which is not installed.",
            'Install it with pip install "aligner[reports]".',
        ) from error
    return docx.Document() if template is None else _template(template)


def check_template(template: Path) -> None:
    """Nothing, when the template can be used: asked before a policy is read for minutes.

    Raises:
        OptionsError: it cannot be used, or python-docx is not installed.
    """
    _opened(template)


def _template(template: Path) -> Any:
    import docx

    name = template.name.encode("utf-8", "backslashreplace").decode("utf-8")
    hint = "Name a Word document (.docx) of your own with --template, or leave it out."
    try:
        if template.stat().st_size > _LARGEST_TEMPLATE:
            raise OptionsError(f"The template {name} has more than 50 MB.", hint)
        return docx.Document(BytesIO(template.read_bytes()))
    except OSError as error:
        raise OptionsError(f"The template {name} cannot be read: {error.strerror}.", hint) from None
    # python-docx: ValueError for .dotx, KeyError for missing parts, lxml errors for broken XML.
    except (ValueError, KeyError, zipfile.BadZipFile, SyntaxError, AttributeError) as error:
        if "template" in str(error):
            hint = "Open it in Word and save it as a document (.docx)."
        raise OptionsError(f"{name} cannot be used as a template.", hint) from error


def _set_up(document: Any) -> None:
    """A4, narrow margins, one sans-serif face, page numbers."""
    from docx.shared import Cm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 14), ("Heading 2", 11)):
        style = document.styles[name]
        _face(style, "Arial")
        style.font.size = Pt(size)
        if name != "Normal":
            style.font.color.rgb = RGBColor.from_string(_INK)
    document.styles["Normal"].paragraph_format.space_after = Pt(5)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(12)
    document.styles["Heading 1"].paragraph_format.space_after = Pt(4)
    document.styles["List Bullet"].paragraph_format.space_after = Pt(2)
    footer = section.footer.paragraphs[0]
    footer.add_run("Proposed by aligner, for analysts to check. Page ").font.size = Pt(8)
    _page_number(footer)


def _face(style: Any, face: str) -> None:
    """The face for Latin and for what Word takes from the theme, which would win otherwise."""
    from docx.oxml.ns import qn

    style.font.name = face
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{kind}"), None)
    for kind in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{kind}"), face)


def _page_number(paragraph: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = paragraph.add_run("1")
    run.font.size = Pt(8)
    field.append(run._r)
    paragraph._p.append(field)


# ---------------------------------------------------------------- pieces of text


def _add(document: Any, *runs: str, style: str = "", bold: int = -1) -> Any:
    """A paragraph of runs; `style` if the template has it; the run number `bold` in bold."""
    paragraph = document.add_paragraph()
    if style and style in {one.name for one in document.styles}:
        paragraph.style = style
    elif style == "List Bullet":
        paragraph.add_run("• ")
    for number, text in enumerate(runs):
        run = paragraph.add_run(_clean(text))
        run.bold = True if number == bold else None
    return paragraph


def _heading(document: Any, text: str) -> None:
    """A heading in the style of the template; bold where it has none."""
    known = "Heading 1" in {one.name for one in document.styles}
    _add(
        document, text, style="Heading 1", bold=-1 if known else 0
    ).paragraph_format.keep_with_next = True


def _clean(text: str) -> str:
    return xml_text(text).replace("\t", " ")


def _line(text: str) -> str:
    return " ".join(xml_text(text).split())


def _cut(text: str, longest: int) -> str:
    """The text in one line; what is cut off is seen as "…"."""
    line = _line(text)
    if len(line) <= longest:
        return line
    start = line[:longest].rsplit(" ", 1)[0] if " " in line[:longest] else line[:longest]
    return start.rstrip(",;:. ") + " …"


def _pages(segment: Segment) -> str:
    return f"p. {explain.pages(segment)}"


def _listed(names: Sequence[str]) -> str:
    """The names as "a, b and c"; the rest of a long list as a number."""
    shown = list(names[:_LONGEST_LIST])
    if len(names) > _LONGEST_LIST:
        return ", ".join(shown) + f" and {len(names) - _LONGEST_LIST} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


# ---------------------------------------------------------------- scope


def _title(document: Any, analysis: Analysis) -> None:
    title = _cut(analysis.document.title or analysis.document.name, _LONGEST_TITLE)
    _add(document, title, style="Title", bold=0)
    _add(document, f"A brief on what it says about the {_line(analysis.framework.title)}")


def _scope(document: Any, analysis: Analysis) -> None:
    """What was read, held against what, and what the result can and cannot say."""
    _heading(document, "Scope and limits")
    policy, frame = analysis.document, analysis.framework
    read = f"{policy.pages - len(policy.unread_pages)} of {_counted(policy.pages, 'page')}"
    version = _line(f"{frame.id} {frame.version}")
    _add(
        document,
        f"{_cut(policy.name, _LONGEST_TITLE)} was read ({read}, "
        f"{policy.words:,} words) and each of its {_counted(len(analysis.segments), 'passage')} "
        f"was held against the {_counted(len(analysis.findings), 'action')} of the "
        f"{_counted(len(analysis.objectives), 'objective')} ({version}).",
    )
    for text in _limits(analysis):
        _add(document, text, style="List Bullet")


def _limits(analysis: Analysis) -> Iterator[str]:
    yield (
        "Each status is a proposal for an analyst to check. It is no score and ranks no country. "
        "aligner compares words and does not understand the text: check a passage before you "
        "cite it."
    )
    yield (
        "A gap means that no passage was found in this document. Laws, budgets and programmes "
        "that stand elsewhere were not seen, and a promise on paper says nothing of its being kept."
    )
    if analysis.document.unread_pages:
        pages = _listed([str(page) for page in analysis.document.unread_pages])
        yield f"Could not be read: page {pages}. What stands there is missing here."
    if any(action.paraphrase for action in analysis.framework.actions):
        yield "† marks a paraphrase in words of our own: quote the official text instead."
    for note in analysis.notes:
        if note.code in GRAVE:
            yield _line(note.message)


# ---------------------------------------------------------------- the picture


def _picture(document: Any, analysis: Analysis) -> None:
    """The counts in a sentence, and the heat map as a table."""
    _heading(document, "The picture")
    counts = Counter(finding.status for finding in analysis.findings)
    _add(document, f"Of {_counted(len(analysis.findings), 'action')}: {_told(counts)}.")
    rows = _map_rows(analysis)
    if rows:
        _heat_map(document, rows)
    _legend(document)


def _told(counts: Counter[Status]) -> str:
    return _listed(
        [f"{counts[status]} {word}" for status, word in _WORDS.items() if counts[status]]
    )


def _map_rows(analysis: Analysis) -> list[tuple[str, list[tuple[str, Status]]]]:
    """(objective, [(label, status) of its actions]) of each objective that has findings."""
    status = {finding.action: finding.status for finding in analysis.findings}
    marks = {one.id: " †" if one.paraphrase else "" for one in analysis.framework.objectives}
    rows = []
    for objective in analysis.framework.objectives:
        cells = [
            (action.id.removeprefix(f"{objective.id}."), status[action.id])
            for action in analysis.framework.actions
            if action.objective == objective.id and action.id in status
        ]
        if cells:
            title = _cut(objective.title, 52)
            rows.append((f"{objective.id}  {title}{marks[objective.id]}", cells))
    return rows


def _heat_map(document: Any, rows: Sequence[tuple[str, list[tuple[str, Status]]]]) -> None:
    from docx.shared import Cm

    width = min(max(len(cells) for _, cells in rows), 16)
    section = document.sections[-1]
    free = (section.page_width - section.left_margin - section.right_margin) / Cm(1)
    cell = min(0.68, 0.5 * free / width)
    table = document.add_table(rows=0, cols=width + 1)
    table.autofit = False
    # LibreOffice takes the widths of the grid, Word those of the cells.
    for number, column in enumerate(table.columns):
        column.width = Cm(cell if number else free - cell * width)
    for title, cells in rows:
        for start in range(0, len(cells), width):
            row = table.add_row()
            _fill(row.cells[0], title if start == 0 else "", width=Cm(free - cell * width))
            for column in range(width):
                place = row.cells[column + 1]
                place.width = Cm(cell)
                if start + column < len(cells):
                    _fill_status(place, *cells[start + column])
                else:
                    _fill(place, "", width=Cm(cell))
    document.add_paragraph().paragraph_format.space_after = 0


def _fill(
    cell: Any, text: str, *, width: Any = None, ink: str = "222222", middle: bool = False
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    if width is not None:
        cell.width = width
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(0)
    if middle:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = Pt(8), RGBColor.from_string(ink)


def _fill_status(cell: Any, label: str, status: Status) -> None:
    """The letter of the action over the ground of its status; the status letter in capitals."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    ground, ink = _COLOURS[status]
    properties = cell._tc.get_or_add_tcPr()
    margins = OxmlElement("w:tcMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "0")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), ground)
    properties.append(shade)
    properties.append(margins)
    _fill(
        cell,
        f"{_cut(label, 6)} {_LETTERS[status]}",
        ink=ink,
        middle=True,
        width=cell.width or Cm(0.7),
    )


def _legend(document: Any) -> None:
    from docx.shared import Pt, RGBColor

    paragraph = _add(document, "One cell an action: its letter, and ")
    for number, (status, word) in enumerate(_WORDS.items()):
        run = paragraph.add_run(f"{', ' if number else ''}{_LETTERS[status]} {word}")
        run.font.color.rgb = RGBColor.from_string(_COLOURS[status][1])
    paragraph.add_run(".")
    for run in paragraph.runs:
        run.font.size = Pt(9)


# ---------------------------------------------------------------- objective by objective


def _objectives(document: Any, analysis: Analysis) -> None:
    """A paragraph for each objective with evidence; the others in one sentence."""
    _heading(document, "Objective by objective")
    silent = []
    for part in analysis.objectives:
        findings = _findings_of(part.objective, analysis)
        if any(finding.matches for finding in findings):
            _objective(document, part, analysis, findings=findings)
        else:
            silent.append(part.objective)
    if silent:
        noun = "objective" if len(silent) == 1 else "objectives"
        _add(document, f"No evidence was found for {noun} {_listed(silent)}.")


def _findings_of(objective: str, analysis: Analysis) -> list[Finding]:
    own = {action.id for action in analysis.framework.actions if action.objective == objective}
    return [finding for finding in analysis.findings if finding.action in own]


def _objective(
    document: Any, part: ObjectiveFinding, analysis: Analysis, *, findings: Sequence[Finding]
) -> None:
    titles = {
        one.id: _cut(one.title, _LONGEST_TITLE) + (" †" if one.paraphrase else "")
        for one in analysis.framework.objectives
    }
    segments = {segment.id: segment for segment in analysis.segments}
    counts = Counter(finding.status for finding in findings)
    _add(
        document,
        f"{part.objective}. {titles.get(part.objective, '')}. ",
        f"Of {_counted(len(findings), 'action')}: {_told(counts)}. ",
        " ".join(_quote(match, segments[match.segment]) for match in _best(findings)),
        bold=0,
    )


def _best(findings: Sequence[Finding]) -> list[Match]:
    """The best passages of an objective, each once: full evidence first, then what commits."""
    matches = [match for finding in findings for match in finding.matches]
    ranked = sorted(
        matches,
        key=lambda one: (
            one.strength != "full",
            one.measure is None,
            -one.confidence,
            one.segment,
            one.action,
        ),
    )
    once: dict[str, Match] = {}
    for match in ranked:
        once.setdefault(match.segment, match)
    return list(once.values())[:_QUOTES]


def _quote(match: Match, segment: Segment) -> str:
    part = "" if match.strength == "full" else ", in part"
    return f"“{_cut(segment.text, _LONGEST_QUOTE)}” ({match.action}{part}; {_pages(segment)})"


# ---------------------------------------------------------------- across all objectives


def _across(document: Any, analysis: Analysis) -> None:
    """Where the guiding principles are named, and how many measures fit no action."""
    rest = [one for one in unmatched(analysis) if one.on_topic]
    if not (analysis.principles or rest):
        return
    _heading(document, "Across all objectives")
    pages = {segment.id: segment.page for segment in analysis.segments}
    named = [
        f"{_line(name_of(one))} (p. {_listed(_numbers(pages, one))})"
        for one in analysis.principles
        if one.mentions
    ]
    silent = [_line(name_of(one)) for one in analysis.principles if not one.mentions]
    if named:
        _add(document, f"Guiding principles that the policy names in words: {'; '.join(named)}.")
    if silent:
        _add(document, f"Not found in words: {'; '.join(silent)}.")
    if rest:
        _add(
            document,
            f"Passages about migration that commit to a measure and are evidence for no action: "
            f"{len(rest)}. Some fit none, others may have been missed; the workbook lists them.",
        )


def _numbers(pages: dict[str, int], finding: PrincipleFinding) -> list[str]:
    numbers = sorted({pages[mention.segment] for mention in finding.mentions})
    return [str(number) for number in numbers]


# ---------------------------------------------------------------- gaps and what to do


def _gaps(document: Any, analysis: Analysis) -> None:
    """The actions without evidence, and the passages that came nearest."""
    _heading(document, "Gaps")
    gaps = [finding for finding in analysis.findings if finding.status in ("gap", "not_assessed")]
    if not gaps:
        _add(document, "Every action has at least one passage that speaks for it.")
        return
    missing = {finding.action for finding in gaps}
    lines = []
    for objective in analysis.framework.objectives:
        own = [a for a in analysis.framework.actions if a.objective == objective.id]
        names = [action.id for action in own if action.id in missing]
        if names:
            short = [name.removeprefix(f"{objective.id}.") for name in names[1:]]
            whole = len(names) == len(own) > 1
            lines.append(f"all of {objective.id}" if whole else ", ".join([names[0], *short]))
    _add(document, f"No passage was found for {_counted(len(gaps), 'action')}: {'; '.join(lines)}.")
    _nearest(document, analysis, gaps)


def _nearest(document: Any, analysis: Analysis, gaps: Sequence[Finding]) -> None:
    """The gaps that are least certain: a reader should look at these passages first."""
    actions = {action.id: action for action in analysis.framework.actions}
    segments = {segment.id: segment for segment in analysis.segments}
    near = [(finding, (*finding.set_aside, *finding.nearest)) for finding in gaps]
    ranked = sorted(
        (one for one in near if one[1]),
        key=lambda one: (not one[0].set_aside, -one[1][0].confidence, one[0].action),
    )[:_NEAREST]
    if ranked:
        _add(document, "Look first at these passages, which came nearest and did not count:")
    for finding, (match, *_) in ranked:
        segment, action = segments[match.segment], actions[finding.action]
        _add(
            document,
            f"{action.id}{explain.paraphrase_mark(action)} {_cut(action.text, 90)} ",
            f"“{_cut(segment.text, 140)}” ({_pages(segment)}). "
            f"{_cut(explain.shortfall(match, segment, action), _LONGEST_REASON)}",
            style="List Bullet",
            bold=0,
        )


def _next_steps(document: Any, analysis: Analysis) -> None:
    _heading(document, "Next steps")
    for text in _steps(analysis):
        _add(document, text, style="List Bullet")


def _steps(analysis: Analysis) -> Iterator[str]:
    counts = Counter(finding.status for finding in analysis.findings)
    aside = sum(len(finding.set_aside) for finding in analysis.findings)
    yield "Check the quoted passages on their pages; the workbook has all of them, with reasons."
    if counts["partial"]:
        yield (
            f"Decide for {_counted(counts['partial'], 'action')} partly covered whether the "
            "policy says enough, or what it should add."
        )
    if counts["gap"]:
        yield (
            f"Ask the institutions responsible about {_counted(counts['gap'], 'action')} "
            "without evidence: another law, plan or budget may hold the measure."
        )
    if aside:
        yield (
            f"Read {_counted(aside, 'passage')} set aside because the policy seems to reject, "
            "defer or only describe the measure."
        )
    if analysis.document.unread_pages or counts["not_assessed"]:
        yield "Run text recognition over the pages that could not be read, and analyse again."
    yield "Circulate the result for validation before anything is reported from it."


def _properties(document: Any, analysis: Analysis) -> None:
    """Fixed properties: the same analysis gives the same file."""
    stamp = dt.datetime(*STAMP)  # noqa: DTZ001 (a fixed stamp; python-docx wants it naive)
    core = document.core_properties
    core.title = _cut(analysis.document.title or analysis.document.name, 200)
    core.author = core.last_modified_by = re.sub(r"\s+", " ", _line(f"aligner {analysis.version}"))[
        :200
    ]
    core.created = core.modified = stamp
    core.comments, core.revision = "", 1
