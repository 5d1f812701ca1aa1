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
from aligner.model import Action, Failure, Objective
from aligner.report import cells, sheets
from aligner.report.tables import dump, from_dict, to_dict
from aligner.report.xlsx import comparison_bytes, workbook_bytes, write_comparison, write_xlsx
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
    passages = [book["Actions"]["F7"], book["Evidence"]["E7"], book["Evidence"]["G7"]]
    for cell in passages:
        shown = str(cell.value or "").replace("_x005F_", "_")
        assert shown.strip() == _visible(text).strip()
        assert cell.value is None or cell.data_type == "s"
    formulas = [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert not formulas


def test_text_like_a_formula_is_marked_as_text():
    """Excel keeps "=1+1" as text even when the analyst opens the cell and leaves it."""
    book = _load(workbook_bytes(_with_passage("=1+1")))
    assert book["Actions"]["F7"].value == "=1+1"
    assert book["Actions"]["F7"].quotePrefix
    assert not book["Actions"]["F6"].quotePrefix


@pytest.mark.parametrize("text", ["x" * 40_000, "👍" * 20_000, "a 👍" * 12_000])
def test_too_long_a_text_is_cut_where_one_sees_it(text):
    """Excel holds 32,767 UTF-16 units; what is cut off is announced."""
    cell = _load(workbook_bytes(_with_passage(text)))["Evidence"]["E7"]
    assert str(cell.value).endswith("[cut]")
    assert len(str(cell.value).encode("utf-16-le")) // 2 <= 32_000
    assert text.startswith(str(cell.value).removesuffix(" [cut]"))


def test_matched_words_are_bold_and_the_quote_is_whole():
    """The quote is the passage word for word; the words that the reasons speak of are bold."""
    value = _load(workbook_bytes(build_analysis()))["Evidence"]["E7"].value
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
    assert {row[2].value for row in book["Actions"].iter_rows(min_row=4)} == set(
        sheets.SHORT_WORDS.values()
    )


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
    row = [str(cell.value) for cell in sheet[4]]
    assert row[0] == "6.a"
    assert row[3].startswith("Medium (74%); 1 of 6 pages could not be read")
    assert "ratif*" in row[4]
    assert "Page 4" in row[5]
    assert "Set aside because 'does not intend'" in row[5]
    assert sheet["C5"].value == "Not assessed"


def test_sheets_print_one_page_wide_with_repeated_heads():
    """On paper no sheet runs over the side, and each page says what its columns are."""
    for sheet in _load(workbook_bytes(build_analysis())):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        if sheet.title != "About":
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
        build_analysis(), segments=(), matches=(), findings=(), objectives=(), notes=(), options=()
    )
    assert _load(workbook_bytes(empty)).sheetnames == list(sheets.SHEETS)


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
    assert statuses <= set(sheets.SHORT_WORDS.values())
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
    assert sheets.page_list((9, 3, 7, 8, 3)) == "3, 7–9"


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
    assert [sheet["G4"].value, sheet["G5"].value] == ["1–2", 3]


@pytest.mark.parametrize("name", ['x"; rm -rf y.pdf', "$(id).pdf", "`id`.pdf", "a\nb.pdf"])
def test_command_to_copy_runs_nothing_else(name):
    """A file name that a shell would run is not put into the command that analysts copy."""
    analysis = build_analysis()
    named = replace(analysis, document=replace(analysis.document, name=name))
    about = _dump(workbook_bytes(named)).split("== About")[1]
    assert "aligner analyze POLICY -o report.xlsx" in about
