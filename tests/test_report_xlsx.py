"""The workbook: safe, repeatable, readable without colour, one page wide."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText

from aligner.errors import OutputError
from aligner.model import Action, Failure, Measure, Note, Objective
from aligner.report import cells, columns
from aligner.report import sheets as sheets_of
from aligner.report.comparison import comparison_bytes, write_comparison
from aligner.report.findings import came_near, unmatched
from aligner.report.review import DECISIONS
from aligner.report.tables import dump, from_dict, to_dict
from aligner.report.xlsx import SHEETS, workbook_bytes, write_xlsx
from aligner.text import fingerprint
from builders import build_analysis, build_framework, build_segment


def _load(data: bytes):
    return load_workbook(BytesIO(data), rich_text=True)


def _dump(data: bytes) -> str:
    """Every cell as a line: sheet, place, text with **bold** parts, link."""
    lines = []
    for sheet in _load(data):
        size = f"{sheet.dimensions} frozen {sheet.freeze_panes} filter {sheet.auto_filter.ref}"
        lines.append(f"== {sheet.title} {size}")
        for row in sheet.iter_rows():
            lines += [_line(cell) for cell in row if cell.value is not None]
    return "\n".join(lines) + "\n"


def _line(cell) -> str:
    value = cell.value
    if isinstance(value, CellRichText):
        value = "".join(f"**{part.text}**" if part.font.b else part.text for part in value)
    link = f" -> {cell.hyperlink.location}" if cell.hyperlink else ""
    return f"{cell.coordinate} {value!r}{link}"


def _with_passage(text: str):
    """The analysis of the builders with another text for its second passage, which is evidence."""
    analysis = build_analysis()
    segments = list(analysis.segments)
    segments[1] = replace(segments[1], text=text, section=(text,), context=())
    return replace(analysis, segments=tuple(segments))


def test_workbook_holds_what_it_held(golden):
    """Every cell of the small analysis, as text: a change of the report is seen in the diff."""
    golden("report_workbook.txt", _dump(workbook_bytes(build_analysis())))


def test_comparison_holds_what_it_held(golden):
    """Every cell of two policies side by side and of what could not be read."""
    one = build_analysis()
    two = replace(one, document=replace(one.document, title="An Older Policy", name="old.pdf"))
    failure = Failure("scan.pdf", "no_text", "scan.pdf holds no words.", "Ask for the original.")
    golden("report_comparison.txt", _dump(comparison_bytes([one, two], failures=[failure])))


def test_workbook_is_the_same_bytes_whenever_and_wherever(tmp_path):
    """Same analysis, same bytes: after a round trip, with another hash seed and time zone."""
    analysis = build_analysis()
    first = write_xlsx(analysis, tmp_path / "one.xlsx").path.read_bytes()
    assert write_xlsx(from_dict(to_dict(analysis)), tmp_path / "2.xlsx").path.read_bytes() == first
    (tmp_path / "a.json").write_text(dump(analysis), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path\n"
        "from aligner.report.tables import read_json; from aligner.report.xlsx import write_xlsx\n"
        "write_xlsx(read_json(Path(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    other = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    places = [str(tmp_path / "a.json"), str(tmp_path / "3.xlsx")]
    subprocess.run([sys.executable, "-c", code, *places], env=other, check=True)
    assert (tmp_path / "3.xlsx").read_bytes() == first


def test_source_date_epoch_sets_the_stamp(monkeypatch):
    """The reproducible-builds variable is honoured; no member bears the present time."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    data = workbook_bytes(build_analysis())
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert archive.read("docProps/core.xml").count(b"2023-11-14T22:13:20Z") == 2


@pytest.mark.parametrize("epoch", ["0", "99999999999999999", "soon", ""])
def test_odd_source_date_epoch_is_borne(monkeypatch, epoch):
    """A stamp that a zip archive cannot hold does not cost the report."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert workbook_bytes(build_analysis()) == workbook_bytes(build_analysis())


def _visible(text: str) -> str:
    """What of a text can stand in a cell."""
    text = re.sub("\r\n?|[\x0b\x0c\u2028\u2029]", "\n", text).replace("\t", " ")
    return re.sub("[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def _find(sheet, name: str, letter: str, *, last: bool = False):
    """The cell in the column of the first (or last) row that begins with the name."""
    rows = [row[0].row for row in sheet.iter_rows(min_row=4) if row[0].value == name]
    rows = rows or [
        row[0].row for row in sheet.iter_rows(min_row=4) if str(row[0].value).startswith(name)
    ]
    return sheet[f"{letter}{rows[-1 if last else 0]}"]


@given(st.text(st.characters(), min_size=1, max_size=80))
@example('=HYPERLINK("http://example.org","x")')
@example("+1-1")
@example("-1")
@example("@SUM(A1)")
@example("\t=1+1")
@example("\r=1+1")
@example("#REF!")
@example("a\x00b\x0bc\ufffe\uffff\ud83d")
@example("_x0041_ and _x000D_")
@example("العربية עברית 👩‍👩‍👧‍👦")
@example("true")
@example("0123")
@example("<a> & ]]> ")
@settings(max_examples=40, deadline=None)
def test_any_text_stands_in_its_cell_as_text(text):
    """Whatever a policy says stands in the report word for word, and never as a formula."""
    book = _load(workbook_bytes(_with_passage(text)))
    passages = [
        *(_find(book["Actions"], "6.c", "H"), _find(book["Evidence"], "6.c", "F")),
        *(_find(book["Evidence"], "6.c", "H"), _find(book["Review"], "6.c", "E")),
        *(_find(book["Guiding principles"], "Human rights", letter, last=True) for letter in "EF"),
    ]
    for cell in passages:
        shown = str(cell.value or "").replace("_x005F_", "_")
        assert shown.strip() == _visible(text).strip()
        assert cell.value is None or cell.data_type == "s"
    formulas = [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert not formulas


def test_text_like_a_formula_is_marked_as_text():
    """Excel keeps "=1+1" as text even when the analyst opens the cell and leaves it."""
    book = _load(workbook_bytes(_with_passage("=1+1")))
    assert _find(book["Actions"], "6.c", "H").value == "=1+1"
    assert _find(book["Actions"], "6.c", "H").quotePrefix
    assert not _find(book["Actions"], "6.a", "H").quotePrefix


@pytest.mark.parametrize("text", ["x" * 40_000, "👍" * 20_000, "a 👍" * 12_000])
def test_too_long_a_text_is_cut_where_one_sees_it(text):
    """Excel holds 32,767 UTF-16 units; what is cut off is announced."""
    cell = _find(_load(workbook_bytes(_with_passage(text)))["Evidence"], "6.c", "F")
    assert str(cell.value).endswith("[cut]")
    assert len(str(cell.value).encode("utf-16-le")) // 2 <= 32_000
    assert text.startswith(str(cell.value).removesuffix(" [cut]"))


def test_matched_words_are_bold_and_the_quote_is_whole():
    """The quote is the passage word for word; the words that the reasons speak of are bold."""
    value = _find(_load(workbook_bytes(build_analysis()))["Evidence"], "6.c", "F").value
    assert str(value) == build_analysis().segments[1].text
    assert [part.text for part in value if part.font.b] == [
        "prohibited",
        "charging recruitment fees",
    ]


def test_every_status_is_a_word_or_letter_and_not_assessed_is_no_gap():
    """Printed in grey, the report says the same."""
    book = _load(workbook_bytes(build_analysis()))
    matrix = book["Coverage matrix"]
    assert [matrix[place].value for place in ("D4", "E4", "D5", "F5", "D6")] == [
        "C",
        "P",
        "G",
        "C",
        "N†",
    ]
    assert matrix["D6"].fill.patternType == "lightUp"
    assert matrix["D5"].fill.patternType == "solid"
    assert {row[2].value for row in book["Actions"].iter_rows(min_row=4)} == {
        None,  # the rows of objectives
        *sheets_of.SHORT_WORDS.values(),
    }


def test_status_colours_can_be_read():
    """Text on each status colour has a contrast of at least 7 to 1 (WCAG AAA)."""
    for look in cells.LOOKS.values():
        if look.fill:
            light, dark = sorted((_luminance(look.fill), _luminance(look.color)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 7


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_links_of_the_matrix_lead_to_the_action():
    """A click on a letter ends at the row of that very action."""
    book = _load(workbook_bytes(build_analysis()))
    for row in book["Coverage matrix"].iter_rows(min_row=4, min_col=4):
        for cell in row:
            if cell.hyperlink:
                sheet, place = cell.hyperlink.location.split("!")
                name = book[sheet][place].value.split()[0]
                objective = book["Coverage matrix"].cell(cell.row, 1).value
                head = book["Coverage matrix"].cell(3, cell.column).value
                assert name == f"{objective}.{head}"


def test_paraphrase_is_marked_wherever_it_is_shown():
    """Nobody quotes a paraphrase as the Compact by mistake; without one there is no dagger."""
    book = _load(workbook_bytes(build_analysis()))
    for name in ("Summary", "Coverage matrix", "Actions", "Gaps", "About"):
        text = "\n".join(str(cell.value) for row in book[name] for cell in row if cell.value)
        assert "†" in text
        assert "not the official text" in text
    plain = replace(build_analysis(), framework=build_framework(paraphrase=False))
    assert "†" not in _dump(workbook_bytes(plain))


def test_gaps_tell_words_trust_and_nearest_passages():
    """A gap says what was searched, how far to trust it, and what fell short and why."""
    sheet = _load(workbook_bytes(build_analysis()))["Gaps"]
    row = [str(cell.value) for cell in sheet[5]]
    assert row[0] == "6.a"
    assert row[3].startswith("Medium (74%); 1 of 6 pages could not be read")
    assert "ratif*" in row[4]
    assert "Page 4" in row[5]
    assert "Set aside because 'does not intend'" in row[5]
    assert row[6].startswith("[Institution] will promote the ratification of the instruments")
    assert _find(sheet, "20.a", "C").value == "Not assessed"


def test_sheets_print_one_page_wide_with_repeated_heads():
    """On paper no sheet runs over the side, and each page says what its columns are."""
    for sheet in _load(workbook_bytes(build_analysis())):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        if sheet.title != "About":  # it has no heads
            assert sheet.print_title_rows


def test_framework_without_letters_has_numbered_columns():
    """Another framework's actions need no letters: the matrix counts them instead."""
    analysis = build_analysis()
    names = {action.id: f"T{number}" for number, action in enumerate(analysis.framework.actions)}
    framework = replace(
        analysis.framework,
        actions=tuple(replace(one, id=names[one.id]) for one in analysis.framework.actions),
    )
    findings = tuple(
        replace(one, action=names[one.action], matches=(), set_aside=(), nearest=())
        for one in analysis.findings
    )
    other = replace(analysis, framework=framework, findings=findings, matches=())
    heads = _load(workbook_bytes(other))["Coverage matrix"][3]
    assert [cell.value for cell in heads[3:]] == ["1", "2"]


def test_empty_analysis_has_a_workbook():
    """No passages and no findings is still a report."""
    empty = replace(
        build_analysis(),
        segments=(),
        matches=(),
        measures=(),
        principles=(),
        findings=(),
        objectives=(),
        notes=(),
        options=(),
    )
    assert _load(workbook_bytes(empty)).sheetnames == list(SHEETS)


def test_long_title_with_ampersands_is_borne():
    """Headers of a page hold 255 characters, and "&" begins a command there."""
    analysis = build_analysis()
    titled = replace(analysis, document=replace(analysis.document, title="Law & Order\n" * 100))
    header = _load(workbook_bytes(titled))["Summary"].oddHeader.left.text
    assert header.startswith("Law && Order Law")
    assert len(header) < 200


def test_comparison_has_no_totals_and_stands_in_alphabetical_order(tmp_path):
    """Countries are never ranked: statuses in words, policies by name, in whatever order given."""
    one = build_analysis()
    two = replace(one, document=replace(one.document, title="a policy", sha256="ef" * 32))
    data = write_comparison([one, two], tmp_path / "c.xlsx").path.read_bytes()
    assert data == comparison_bytes([two, one])
    book = _load(data)
    assert [cell.value for cell in book["Actions"][3]][2:] == [
        "a policy",
        "National Migration Policy",
    ]
    statuses = {cell.value for row in book["Objectives"]["C4:D6"] for cell in row}
    assert statuses <= set(sheets_of.SHORT_WORDS.values())
    assert book["Not read"]["B3"].value == "All documents were read."


def test_comparison_of_different_frameworks_says_so():
    """An action that one framework lacks is a dash, not a gap, and the sheet says why."""
    one = build_analysis()
    wider = replace(
        one.framework,
        sha256="99" * 32,
        objectives=(*one.framework.objectives, Objective("24", "More")),
        actions=(*one.framework.actions, Action("24.a", "24", "Do more.")),
    )
    two = replace(one, framework=wider, document=replace(one.document, name="z.pdf"))
    sheet = _load(comparison_bytes([one, two]))["Actions"]
    assert [cell.value for cell in sheet[9]][:3] == ["24.a", "Do more.", "–"]
    assert "not all held against the same framework" in sheet["A2"].value


def test_comparison_of_nothing_lists_the_failures():
    """When no document could be read, the list of failures is the report."""
    failure = Failure("a.pdf", "broken", "=a.pdf is damaged.", "Ask for it again.")
    assert _load(comparison_bytes([], failures=[failure]))["Not read"]["B3"].data_type == "s"


def test_workbook_in_a_missing_folder_is_an_output_error(tmp_path):
    """A folder that is not there is named, with what to do."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_xlsx(build_analysis(), tmp_path / "none" / "report.xlsx")


def test_page_list_joins_runs():
    """Pages are told in short."""
    assert sheets_of.page_list((9, 3, 7, 8, 3)) == "3, 7–9"


def test_row_heights_hold_the_text():
    """A row is as high as its longest text needs, and never higher than Excel allows."""
    assert cells.height("word " * 20, 42) > cells.height("word", 42)
    assert cells.height("word " * 10_000, 42) == 409
    assert cells.height("迁移" * 50, 42) > cells.height("ab" * 50, 42)
    assert cells.height(7, 42) == cells.height(None, 42)


def test_passage_over_two_pages_shows_both():
    """A passage that runs on names its first and last page."""
    analysis = build_analysis()
    segments = (build_segment(1, analysis.segments[0].text, page_end=2), *analysis.segments[1:])
    sheet = _load(workbook_bytes(replace(analysis, segments=segments)))["Actions"]
    assert [sheet["I5"].value, sheet["I6"].value] == ["1–2", 3]


@pytest.mark.parametrize("name", ['x"; rm -rf y.pdf', "$(id).pdf", "`id`.pdf", "a\nb.pdf"])
def test_command_to_copy_runs_nothing_else(name):
    """A file name that a shell would run is not put into the command that analysts copy."""
    analysis = build_analysis()
    named = replace(analysis, document=replace(analysis.document, name=name))
    about = _dump(workbook_bytes(named)).split("== About")[1]
    assert "aligner analyze POLICY -o report.xlsx" in about


# ---------------------------------------------------------------- the further sheets


def _rows(sheet, top: int = 3) -> list[dict[str, object]]:
    """The rows of a table by the heads of its columns, without the rows of objectives."""
    heads = [cell.value for cell in sheet[top]]
    rows = sheet.iter_rows(min_row=top + 1, values_only=True)
    return [
        dict(zip(heads, row, strict=True)) for row in rows if len({str(one) for one in row[2:]}) > 1
    ]


def test_action_tables_fill_the_columns_of_the_ministry():
    """Sector, indicator, institution, deadline and budget come from the row of the action plan."""
    row = next(
        one
        for one in _rows(_load(workbook_bytes(build_analysis()))["Actions"])
        if one["Action"] == "6.c"
    )
    assert row["Sector"] == "Labour"
    assert row["National indicator"] == "Fees charged"
    assert row["Responsible institution"] == "Ministry of Labour"
    assert row["Deadline"] == "2027"
    assert row["Budget"] == "=200,000 crowns"
    assert (row["Strength"], row["Measure type"]) == ("Full", "Mandates it")


def test_dash_in_a_plan_is_nothing():
    """Tables put a dash where there is nothing: the ministry gets a blank to fill."""
    analysis = build_analysis()
    fields = (("budget", "–"), ("deadline", "n/a"), ("responsible", " "))
    segments = list(analysis.segments)
    segments[1] = replace(segments[1], fields=fields)
    row = next(
        one
        for one in _rows(
            _load(workbook_bytes(replace(analysis, segments=tuple(segments))))["Actions"]
        )
        if one["Action"] == "6.c"
    )
    assert (row["Budget"], row["Deadline"], row["Responsible institution"]) == (None, "n/a", None)


def test_plan_of_a_weaker_passage_is_told_with_its_page():
    """Where the best passage is no row of a plan, the next one that is names its page."""
    analysis = build_analysis()
    first, second = analysis.segments[:2]
    best = replace(analysis.findings[3].matches[0], segment=first.id)
    finding = replace(analysis.findings[3], matches=(best, *analysis.findings[3].matches))
    told = replace(analysis, findings=(*analysis.findings[:3], finding, analysis.findings[4]))
    sheet = _load(workbook_bytes(told))["Actions"]
    assert _find(sheet, "6.c", "M").value == f"Ministry of Labour (page {second.page})"


def test_unmatched_measures_stand_with_those_about_migration_first():
    """What commits to something and fits no action is shown, never hidden in a number."""
    rows = _rows(_load(workbook_bytes(build_analysis()))["Unmatched measures"])
    assert [(one["About migration"], one["Measure type"], one["Page"]) for one in rows] == [
        ("Yes", "Funds it", 5),
        ("Not said", "Plans it", 4),
    ]
    assert rows[0]["Nearest action"] == "20.a † (31%)"
    assert [part.text for part in rows[0]["Passage, word for word"] if part.font.b] == [
        "200 crowns"
    ]


def test_hopeless_passages_do_not_stand_under_a_gap():
    """The best passage is shown however unlikely, and no two more of the kind."""
    one = next(part for part in build_analysis().findings if part.nearest)
    match = one.nearest[0]
    likely = (("s1", 0.008), ("s2", 0.02), ("s3", 0.004))
    near = tuple(
        replace(match, segment=name, confidence=chance, vetoed=False) for name, chance in likely
    )
    shown = came_near(replace(one, set_aside=(), nearest=near))
    assert [part.segment for part in shown] == ["s1", "s2"]


def test_unmatched_measures_stand_by_what_binds():
    """An order is worth a look before the promises of a foreword."""
    one = build_analysis()
    kinds = ("commitment", "operation", "mandate", "plan")
    told = replace(
        one,
        findings=(),
        matches=(),
        measures=tuple(Measure(one.segments[0].id, kind, (), on_topic=True) for kind in kinds),
    )
    assert [measure.type for measure in unmatched(told)] == [
        "mandate",
        "plan",
        "operation",
        "commitment",
    ]


def test_objectives_of_the_summary_begin_a_printed_page():
    """A table of 23 rows that begins at the foot of a page is hard to read on paper."""
    sheet = _load(workbook_bytes(build_analysis()))["Summary"]
    (stop,) = sheet.row_breaks.brk
    assert sheet.cell(stop.id + 1, 1).value == "Objective"


def test_principles_tell_counts_and_passages():
    """Each principle has its counts, its pages and a row a passage; none is left out."""
    sheet = _load(workbook_bytes(build_analysis()))["Guiding principles"]
    assert [cell.value for cell in sheet[4]] == ["Human rights", 2, 2, 2, "1–2", "Row 8"]
    assert [cell.value for cell in sheet[5]][:4] == ["National sovereignty", 0, 0, 0]
    assert sheet["F4"].hyperlink.location == "'Guiding principles'!A8"
    assert [sheet["A8"].value, sheet["B8"].value, sheet["D9"].value] == ["Human rights", 1, "6.c"]


def test_review_can_be_read_back():
    """A row a proposal with keys that do not depend on the numbers of passages."""
    analysis = build_analysis()
    sheet = _load(workbook_bytes(analysis))["Review"]
    rows = _rows(sheet)
    assert [(one["Key: action"], one["Proposed"]) for one in rows] == [
        ("5.a", "Full evidence"),
        ("5.b", "Partial evidence"),
        ("6.a", "Set aside"),
        ("6.a", "Gap"),
        ("6.c", "Full evidence"),
        ("20.a", "Not assessed"),
    ]
    keys = [(one["Key: document"], one["Key: passage"], one["Key: action"]) for one in rows]
    assert len(set(keys)) == len(keys)
    assert {one[0] for one in keys} == {analysis.document.sha256}
    assert keys[0][1] == fingerprint(analysis.segments[0].text.upper().replace(" ", "\n"))
    renumbered = replace(
        analysis,
        segments=tuple(replace(one, id=f"t{one.id}", page=9) for one in analysis.segments),
        matches=(),
        measures=(),
        principles=(),
        findings=tuple(
            replace(
                one,
                **{
                    name: tuple(replace(m, segment=f"t{m.segment}") for m in getattr(one, name))
                    for name in ("matches", "set_aside", "nearest")
                },
            )
            for one in analysis.findings
        ),
    )
    again = _rows(_load(workbook_bytes(renumbered))["Review"])
    assert [one["Key: passage"] for one in again] == [one[1] for one in keys]


def test_only_the_cells_for_decisions_are_open():
    """The sheet is protected without a password; hidden keys cannot be changed by a slip."""
    sheet = _load(workbook_bytes(build_analysis()))["Review"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    open_ = {cell.column_letter for row in sheet for cell in row if not cell.protection.locked}
    assert open_ == set("GHIJ")
    assert [letter for letter in "ABCDEFGHIJKLM" if sheet.column_dimensions[letter].hidden]
    choices = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert choices["G4:G9"] == f'"{",".join(DECISIONS)}"'
    assert choices["H4:H9"] == "Actions!$A$5:$A$11"


def test_same_words_at_two_places_are_one_proposal():
    """One decision on one text: the row names both pages."""
    analysis = build_analysis()
    twin = replace(analysis.segments[0], id="s0009", page=6, page_end=6)
    match = replace(analysis.findings[0].matches[0], segment=twin.id)
    finding = replace(analysis.findings[0], matches=(*analysis.findings[0].matches, match))
    both = replace(
        analysis,
        segments=(*analysis.segments, twin),
        findings=(finding, *analysis.findings[1:]),
    )
    rows = _rows(_load(workbook_bytes(both))["Review"])
    assert [one["Page"] for one in rows if one["Key: action"] == "5.a"] == ["1, 6"]


def test_dictionary_explains_every_column_of_every_sheet():
    """No column stands in a sheet that the dictionary does not explain."""
    book = _load(workbook_bytes(build_analysis()))
    told = {(one["Sheet"], one["Column"]) for one in _rows(book["Dictionary"])}
    assert all(one["What stands in it"] for one in _rows(book["Dictionary"]))
    for name in SHEETS:
        sheet = book[name]
        if name in ("About", "Coverage matrix"):  # no heads; letters of actions as heads
            continue
        heads = (row for row in sheet.iter_rows() if (name, row[0].value) in told)
        top = next(row for row in heads if (name, row[1].value) in told)
        assert {(name, cell.value) for cell in top if cell.value} <= told
    assert {name for name, _ in told} == {*SHEETS, "Guiding principles, passages"}


def test_charts_are_native_and_told_in_words():
    """Charts that Excel draws, each with a text for screen readers, a pattern beside its colour."""
    with zipfile.ZipFile(BytesIO(workbook_bytes(build_analysis()))) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
        charts = [archive.read(f"xl/charts/chart{n}.xml").decode() for n in (1, 2)]
    told = re.findall(r'descr="([^"]*)"', drawing)
    assert told[0] == (
        "Bar chart. All 5 actions by status: Covered 2; Partly covered 1; Gap 1; Not assessed 1."
    )
    assert "objective 6: 1 covered, 0 partly covered, 1 gaps, 0 not assessed" in told[1]
    for chart in charts:
        fills = re.findall(r"<a:(?:pattFill[^>]*|solidFill><a:srgbClr val=\"(?!1F3A5F)\w+)", chart)
        assert len(set(fills)) >= 4
        assert set(re.findall(r'prst="(\w+)"', chart)) >= {"wdUpDiag", "diagCross"}
        assert "'Summary'!" in chart


def test_objectives_fold_their_actions_away():
    """The rows of an objective's actions lie one level below its own."""
    sheet = _load(workbook_bytes(build_analysis()))["Actions"]
    levels = [sheet.row_dimensions[row].outlineLevel for row in range(4, 12)]
    assert levels == [0, 1, 1, 0, 1, 1, 0, 1]
    assert not sheet.sheet_properties.outlinePr.summaryBelow
    assert [sheet[f"A{row}"].value for row in (4, 7, 10)] == ["5", "6", "20"]


def test_looks_are_named_styles():
    """An analyst changes a look everywhere at once: each cell has a style with a name."""
    book = load_workbook(BytesIO(workbook_bytes(build_analysis())))
    assert {cell.style for row in book["Gaps"]["A3:G6"] for cell in row} >= {
        "aligner head",
        "aligner group",
        "aligner text",
    }


def test_likelihoods_are_never_0_or_100_per_cent():
    """Nobody can promise either; the reasons in words do not."""
    assert [sheets_of.shown(one) for one in (0.0, 0.004, 0.5, 0.999, 1.0)] == [
        0.01,
        0.01,
        0.5,
        0.99,
        0.99,
    ]


def test_columns_say_who_fills_them():
    """What is left to the analyst has the light head, and nothing else has."""
    assert {one.head for one in columns.REVIEW if one.look == "head_input"} == {
        "Decision",
        "Other action",
        "Comment",
        "Reviewer",
    }


def test_comparison_shows_passages_side_by_side():
    """The best passage of each policy with its page, and the word for there being none."""
    one = build_analysis()
    findings = (one.findings[0], *one.findings[1:3], replace(one.findings[3], matches=()))
    two = replace(
        one,
        document=replace(one.document, title="Another Policy", name="z.pdf"),
        findings=(*findings, one.findings[4]),
    )
    sheet = _load(comparison_bytes([one, two]))["Evidence side by side"]
    rows = {row[0]: row[2:] for row in sheet.iter_rows(min_row=4, values_only=True)}
    assert list(rows) == ["5.a", "5.b", "6.c"]
    assert rows["6.c"][0] == "Covered"
    assert str(rows["6.c"][1]) == f"Page 2: {one.segments[1].text}"
    assert [cell.value for cell in sheet[3]][2:] == ["Another Policy", "National Migration Policy"]


def test_common_gaps_are_gaps_in_every_policy():
    """What one policy covers, or could not be judged in, is no common gap."""
    one = build_analysis()
    two = replace(one, document=replace(one.document, title="Another Policy", name="z.pdf"))
    sheet = _load(comparison_bytes([one, two]))["Common gaps"]
    rows = [row for row in sheet.iter_rows(min_row=4, values_only=True) if row[0]]
    assert [row[0] for row in rows] == ["6.a"]
    assert rows[0][2].startswith("Medium (74%)")
    covered = replace(two, findings=(*one.findings[:2], replace(one.findings[2], status="covered")))
    assert not _load(comparison_bytes([one, covered]))["Common gaps"]["A4"].value


def test_long_passages_of_a_comparison_are_cut_where_one_sees_it():
    """The cut ends with an ellipsis; the policy's own workbook has the whole."""
    long = _with_passage("word " * 500)
    sheet = _load(comparison_bytes([long, long]))["Evidence side by side"]
    value = str(_find(sheet, "6.c", "C").value)
    assert value.endswith(" …")
    assert len(value) < 650


def test_grave_notes_stand_on_the_summary():
    """Who opens the workbook reads them first; the others are on the sheet About."""
    analysis = build_analysis()
    notes = Note("evaluation", "It is an evaluation."), Note("paraphrase", "Words of our own.")
    book = _load(workbook_bytes(replace(analysis, notes=notes)))
    summary = [cell.value for row in book["Summary"].iter_rows(max_col=2) for cell in row]
    assert summary[summary.index("Please note") + 1] == "It is an evaluation."
    assert "Words of our own." not in summary
    assert "Please note" not in _dump(workbook_bytes(replace(analysis, notes=())))
