"""Promises of all reports at once: any text survives, figures come from the JSON."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from aligner.model import Fault, Measure, Mention, Note, PrincipleFinding, Term
from aligner.report.annotated import plan
from aligner.report.brief import brief_bytes
from aligner.report.comparison import comparison_bytes
from aligner.report.findings import counts_of, unmatched
from aligner.report.html import comparison, page
from aligner.report.pictures import heat_map, svg
from aligner.report.qdpx import qdc_bytes, qdpx_bytes
from aligner.report.rows import TABLES, csv_bytes, parquet_bytes, rows
from aligner.report.sheets import shown
from aligner.report.tables import dump, from_dict, to_dict
from aligner.report.xlsx import workbook_bytes
from builders import build_analysis
from test_report_html import Parsed, data_of
from test_report_rows import HOSTILE

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


def everywhere(text: str):
    """An analysis in which the text stands wherever text of a policy or a list can."""
    one = build_analysis()
    fields = tuple((name, text) for name in ("responsible", "deadline", "budget", "Sector", text))
    segments = tuple(
        replace(part, text=text, section=(text,), context=(text,), fields=fields)
        for part in one.segments
    )
    framework = replace(
        one.framework,
        title=text,
        actions=tuple(replace(part, text=text) for part in one.framework.actions),
        objectives=tuple(
            replace(part, title=text, commitment=text) for part in one.framework.objectives
        ),
        faults=(Fault(text, text, text, 1),),
    )
    return replace(
        one,
        document=replace(one.document, title=text, name=text, language=text),
        framework=framework,
        segments=segments,
        findings=tuple(replace(part, searched=(text,)) for part in one.findings),
        options=((text, text),),
        notes=(Note(text, text),),
        measures=tuple(Measure(part.id, "plan", (Term(0, 3, 1.0),)) for part in segments),
        principles=(
            PrincipleFinding("x", (("en", text or "x"),), (Mention("s0001", (Term(0, 3, 1.0),)),)),
        ),
    )


def visible(text: str) -> str:
    """What of a text every format can hold and no guard changes: letters, digits, signs."""
    kept = (c for c in text if unicodedata.category(c)[0] in "LNSP")
    # Quotes are doubled and guarded in a CSV; U+FFFD stands for what XML and CSV cannot hold.
    return "".join(c for c in kept if c not in "'\"\ufffd")


def holds(shown_text: str, text: str) -> bool:
    """Whether the beginning of the text stands in what a report shows."""
    return visible(text[:200])[:60] in visible(shown_text)


def check_workbook(data: bytes, text: str, *, sheets: tuple[str, ...]) -> None:
    book = load_workbook(io.BytesIO(data), rich_text=True)
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    for name in sheets:
        values = [str(cell.value) for row in book[name] for cell in row if cell.value is not None]
        whole = "\n".join(values).replace("_x005F_", "_")
        assert holds(whole, text), name
        if len(text) > 32_767:
            assert any(value.endswith("[cut]") for value in values), name
    for cell in cells:
        if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
            assert cell.quotePrefix


POLICY_SHEETS = (
    *("Summary", "Coverage matrix", "Actions", "Evidence", "Gaps"),
    *("Unmatched measures", "Guiding principles", "Review", "About"),
)
COMPARISON_SHEETS = ("Objectives", "Actions", "Evidence side by side", "Common gaps", "Policies")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_survives_in_every_sheet(text):
    """Formulas, control characters, emoji, right to left, 40,000 characters: text stays text."""
    one = everywhere(text)
    check_workbook(workbook_bytes(one), text, sheets=POLICY_SHEETS)
    first = replace(one, document=replace(one.document, title="A", sha256="1" * 64))
    check_workbook(
        comparison_bytes([first, one]),
        text,
        sheets=COMPARISON_SHEETS if len(text) < 500 else ("Policies",),
    )


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_survives_in_every_other_report(text):
    """The same text as page, brief, notes of the PDF, JSON, tables, project and picture."""
    check_others(everywhere(text), text)


@given(st.text(st.characters(), min_size=1, max_size=80))
@settings(max_examples=15, deadline=None)
def test_any_text_survives_in_every_report(text):
    """Whatever characters a policy has."""
    one = everywhere(text)
    check_workbook(workbook_bytes(one), text, sheets=POLICY_SHEETS)
    check_others(one, text)


@cache
def harmless() -> tuple[Parsed, Parsed]:
    """The pages of a harmless text, which those of any other have the tags of."""
    one = everywhere("a")
    return Parsed(page(one)), Parsed(comparison([one, one]))


def check_others(one, text: str) -> None:
    """No report but the workbook loses the text, or makes a script or a formula of it."""
    kept = re.sub("[\ud800-\udfff]", "\ufffd", text)
    usual, side_by_side = harmless()
    parsed = Parsed(page(one).encode().decode())
    assert (parsed.tags, parsed.scripts[2]) == (usual.tags, usual.scripts[2])
    assert all(part["t"] == kept for part in json.loads(parsed.scripts[1])["segments"])
    assert Parsed(comparison([one, one])).tags == side_by_side.tags

    paragraphs = docx.Document(io.BytesIO(brief_bytes(one))).iter_inner_content()
    assert holds("\n".join(getattr(part, "text", "") for part in paragraphs), text)
    assert all(holds(mark["text"], text) for mark in plan(one)["marks"])

    assert from_dict(json.loads(json.dumps(to_dict(one)))) == one
    assert json.loads(dump(one))["segments"][0]["text"] == kept
    for name in TABLES:
        made = csv_bytes(rows(one, name)).decode("utf-8-sig")
        assert holds(made, text)
        assert not [cell for line in made.split("\n") for cell in cells_of(line) if bad(cell)]
        assert parquet_bytes(rows(one, name))
    with zipfile.ZipFile(io.BytesIO(qdpx_bytes(one))) as archive:
        project, source = (archive.read(name).decode() for name in archive.namelist())
    ET.fromstring(project)  # noqa: S314 - our own
    assert holds(source, text)
    assert holds("".join(ET.fromstring(qdc_bytes(one)).itertext()), text)  # noqa: S314 - our own
    assert ET.fromstring(svg(heat_map(one))) is not None  # noqa: S314 - our own


def cells_of(line: str) -> list[str]:
    """The cells of a line as a careless spreadsheet parts them, at commas and at semicolons."""
    return [cell.strip('"') for cell in re.split("[,;]", line)]


def bad(cell: str) -> bool:
    """Whether the cell begins like a formula and is no number."""
    return bool(FORMULA.match(cell)) and not re.fullmatch(r"-?[\d.]+", cell)


# ---------------------------------------------------------------- figures


def test_figures_of_the_summary_come_from_the_json():
    """Each number of the sheet Summary is recomputed here from the JSON alone."""
    one = build_analysis()
    data = json.loads(dump(one))
    sheet = load_workbook(io.BytesIO(workbook_bytes(one)))["Summary"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    statuses = Counter(part["status"] for part in data["actions"])
    order = ("covered", "partial", "gap", "not_assessed")
    head = next(row for row in values if row[1] == f"All {len(data['actions'])} actions")
    assert head[3:7] == [statuses[status] for status in order]

    document = data["document"]
    read = document["pages"] - len(document["unread_pages"])
    facts = {row[0]: row[1] for row in values if row[0] and row[1]}
    assert facts["Pages read"].startswith(
        f"{read} of {document['pages']} ({document['words']:,} words); "
        f"page {document['unread_pages'][0]} could"
    )
    assert facts["Policy"] == document["name"]
    framework = data["framework"]
    assert facts["Held against"] == f"{framework['title']} (version {framework['version']})"

    objectives = {part["id"]: part for part in framework["objectives"]}
    of_action = {part["id"]: part["objective"] for part in framework["actions"]}
    pages = {part["id"]: part["page"] for part in data["segments"]}
    confidence = {(m["segment_id"], m["action_id"]): m["confidence"] for m in data["matches"]}
    table = {row[0]: row for row in values if row[0] in objectives}
    assert len(table) == len(data["objectives"])
    words = {"covered": "Covered", "partial": "Partly covered", "not_assessed": "Not assessed"}
    for part in data["objectives"]:
        own = [
            one for one in data["actions"] if of_action[one["action_id"]] == part["objective_id"]
        ]
        counts = Counter(one["status"] for one in own)
        best = max(
            (
                (confidence[e, one["action_id"]], pages[e])
                for one in own
                for e in one["evidence"][:1]
            ),
            default=(0, "–"),
        )
        row = table[part["objective_id"]]
        assert row[1].removesuffix(" †") == objectives[part["objective_id"]]["title"]
        assert row[2] == words[part["status"]]
        assert row[3:7] == [counts[status] for status in order]
        likely = "–" if part["status"] == "not_assessed" else shown(part["confidence"])
        assert row[7:9] == [likely, best[1]]


def test_counts_of_measures_and_principles_come_from_the_json():
    """What the sheets say of unmatched measures and principles follows from the JSON."""
    one = build_analysis()
    data = json.loads(dump(one))
    matched = {part["segment_id"] for part in data["matches"] if part["accepted"]}
    rest = [part["segment"] for part in data["measures"] if part["segment"] not in matched]
    assert sorted(rest) == sorted(part.segment for part in unmatched(one))
    committing = {part["segment"] for part in data["measures"]}
    for part, finding in zip(data["principles"], one.principles, strict=True):
        found = {mention["segment"] for mention in part["mentions"]}
        assert counts_of(finding, one) == (
            len(found),
            len(found & committing),
            len(found & matched),
        )


# ---------------------------------------------------------------- golden dumps


def test_page_says_what_it_said(golden):
    """Every text and every datum of the page: a change is seen in the diff."""
    text = page(build_analysis())
    shown_texts = "\n".join(part.strip() for part in Parsed(text).texts if part.strip())
    data = json.dumps(data_of(text), ensure_ascii=False, indent=1)
    golden("report_page.txt", f"{shown_texts}\n\n{data}\n")


def test_comparison_page_says_what_it_said(golden):
    """Two policies side by side as a page."""
    one = build_analysis()
    two = replace(one, document=replace(one.document, title="An Older Policy", name="old.pdf"))
    text = comparison([one, two])
    shown_texts = "\n".join(part.strip() for part in Parsed(text).texts if part.strip())
    golden(
        "report_comparison_page.txt",
        f"{shown_texts}\n\n{json.dumps(data_of(text)['actions'], indent=1)}\n",
    )


def test_annotations_say_what_they_said(golden):
    """What is drawn onto the policy: places, comments, bookmarks."""
    job = json.dumps(plan(build_analysis()), ensure_ascii=False, indent=1)
    golden("report_annotated.txt", f"{job}\n")


def test_json_says_what_it_said(golden):
    """The contract with other programs, with principles and measures."""
    golden("report_analysis.txt", dump(build_analysis()))


def test_tables_say_what_they_said(golden):
    """The three tables as CSV."""
    made = [csv_bytes(rows(build_analysis(), name)).decode("utf-8-sig") for name in TABLES]
    golden("report_tables.txt", "\n".join(made))


def test_project_says_what_it_said(golden):
    """The REFI-QDA project and the text of its source."""
    with zipfile.ZipFile(io.BytesIO(qdpx_bytes(build_analysis()))) as archive:
        parts = [f"== {name}\n{archive.read(name).decode()}" for name in archive.namelist()]
    golden("report_project.txt", "\n".join([*parts, qdc_bytes(build_analysis()).decode()]) + "\n")


def test_picture_says_what_it_said(golden):
    """The heat map as SVG."""
    golden("report_picture.txt", svg(heat_map(build_analysis())))
