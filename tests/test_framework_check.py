"""The faults of a list: each is found, with the line or row it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from aligner import framework
from aligner.errors import FrameworkError

if TYPE_CHECKING:
    from aligner.model import Fault

SEED = Path(__file__).parents[1] / "seeds" / "gcm_actions.md"


def check(path: Path, content: str) -> list[Fault]:
    """The faults of a list, without the remark that it is not the Compact."""
    path.write_text(content, encoding="utf-8")
    return [fault for fault in framework.check(str(path)) if fault.code != "no_rules"]


def codes(faults: list[Fault]) -> list[tuple[str, int]]:
    return [(fault.code, fault.line) for fault in faults]


def line_of(words: str) -> int:
    """The first line of the seed list that holds the words."""
    lines = SEED.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def test_seed_faults_are_found_where_they_stand() -> None:
    """The mistakes of the list as given are named with their lines."""
    faults = framework.check("gcm-as-given")
    found = {(fault.code, fault.line) for fault in faults if fault.file == "gcm_actions.md"}
    assert {
        ("repeated_objective", line_of("# Objective 20")),
        ("page_number", line_of("in 26 countries")),
        ("footnote_mark", line_of("Paris Agreement4")),
        ("missing_space", line_of("data systems,including")),
        ("missing_space", line_of("economic,social")),
        ("missing_space", line_of("occupation,living")),
        ("missing_space", line_of("individuals,resilience")),
        ("open_end", line_of("(MICIC Guidelines),")),
    } <= found


def test_seed_has_no_false_faults() -> None:
    """Years, recommendation numbers and dates are not taken for slips."""
    faults = [fault for fault in framework.check(str(SEED)) if fault.code != "no_rules"]
    assert {fault.code for fault in faults} == {
        "repeated_objective",
        "page_number",
        "footnote_mark",
        "missing_space",
        "open_end",
    }
    assert [fault.line for fault in faults if fault.code == "page_number"] == [
        line_of("in 26 countries")
    ]


def test_seed_repetition_is_told_as_one_fault() -> None:
    """Objective 20 repeats Objective 2: one sentence, not one for each of its actions."""
    (fault,) = [f for f in framework.check("gcm-as-given") if f.code.startswith("repeated")]
    assert "Objective 20 repeats Objective 2" in fault.message
    assert "12 of its 12 actions" in fault.message


def test_faults_of_gcm_say_that_they_are_corrected() -> None:
    """The default framework still shows the faults of its list, as mended, and no other."""
    faults = [fault for fault in framework.load().faults if fault.file == "gcm_actions.md"]
    assert faults
    assert all("Corrected by gcm/corrections.toml." in fault.message for fault in faults)
    assert not [fault for fault in framework.load().faults if fault.code == "stale_correction"]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["# Objective 1: A", "- a. Do.", "- c. Act."], [("letter_gap", 3)]),
        (["# Objective 1: A", "- b. Do.", "- c. Act."], [("letter_gap", 2)]),
        (["# Objective 1: A", "- a. Do it.", "- b. Do  IT"], [("repeated_text", 3)]),
        (["# Objective 1: A", "- a. Do.", "- b."], [("empty_text", 3)]),
        (["# Objective 1", "- a. Do."], [("empty_title", 1)]),
        (["# Objective 1: A", "# Objective 2: B", "- a. Do."], [("no_actions", 1)]),
        (["# Objective 1: A", "- a. Do.", "", "Page 3"], [("stray_line", 4)]),
        (["# Objective 1: A", "- a. Do.", "## Remarks"], [("stray_line", 3)]),
        (["# Objective 1: A", "- a. Sign treaties³ now."], [("footnote_mark", 2)]),
        (["# Objective 1: A", "- a. Sign,ratify;apply."], [("missing_space", 2)]),
        (["# Objective 1: A", "- a. Work with 41 partners."], [("page_number", 2)]),
        (["# Objective 1: A", "- a. Sign, and"], []),
        (["# Objective 1: A", "- a. Sign,"], [("open_end", 2)]),
        (
            ["# Objective 1: A", "- a. Do.", "- b. Act.", "# Objective 2: a!", "- a. Other."],
            [("repeated_objective", 4)],
        ),
        (
            [
                "# Objective 1: A",
                "- a. Do.",
                "- b. Act.",
                "# Objective 2: B",
                "- a. Do.",
                "- b. Act.",
            ],
            [("repeated_objective", 4)],
        ),
        (["# Objective 1: A", "- a. Decide within 30 days of 2030, 1,000 in all; CO2 too."], []),
        (["# Objective 1: A", "- a. Lower costs to 3 per cent or 5 percent."], []),
        (["# Objective 1: A", "- 1. Do.", "- 10. Act."], []),
    ],
)
def test_fault_is_found_with_its_line(
    tmp_path: Path, lines: list[str], wanted: list[tuple[str, int]]
) -> None:
    """Each kind of fault is named once, where it stands, and sound text has none."""
    assert codes(check(tmp_path / "own.md", "\n".join(lines) + "\n")) == wanted


def test_repeated_ids_make_a_list_unusable(tmp_path: Path) -> None:
    """When 1.a stands for two actions no report could say which is meant: loading stops there."""
    path = tmp_path / "own.md"
    faults = check(path, "# Objective 1: A\n- a. Do.\n- a. Act.\n# Objective 1: B\n- b. Go.\n")
    assert ("repeated_id", 3) in codes(faults)
    assert ("repeated_id", 4) in codes(faults)
    with pytest.raises(FrameworkError, match=r"1\.a stands already on line 2") as caught:
        framework.load(str(path))
    assert caught.value.line == 3


def test_json_faults_name_the_line_of_their_object(tmp_path: Path) -> None:
    """Unknown keys and empty texts of a JSON list are found on their lines."""
    content = (
        '{"objectives": [\n'
        '  {"id": 1, "title": "{A}", "owner": "X", "actions": [\n'
        '    {"id": "a", "text": "Do \\"it\\" {."},\n'
        '    {"id": "b", "text": "", "note": "?"}\n'
        "  ]}\n]}\n"
    )
    found = codes(check(tmp_path / "own.json", content))
    assert found == [("unknown_key", 2), ("empty_text", 4), ("unknown_key", 4)]


def test_csv_faults_name_the_line_of_a_row_that_spans_lines(tmp_path: Path) -> None:
    """Cells with line breaks do not shift the lines of the faults below them."""
    content = 'objective,title,id,text\n1,A,a,"Do\nthis."\n1,A,b,\n'
    assert codes(check(tmp_path / "own.csv", content)) == [("empty_text", 4)]


def test_excel_faults_name_the_row(tmp_path: Path) -> None:
    """Rows are counted as Excel shows them, empty ones included."""
    book = openpyxl.Workbook()
    for row in (
        ["Objective", "Title", "ID", "Text"],
        [1, "A", "a", "Do."],
        [],
        [1, "A", "c", "Go."],
    ):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    found = list(framework.check(str(tmp_path / "own.xlsx")))
    assert ("letter_gap", 4) in codes(found)


def test_check_is_silent_about_a_sound_list(tmp_path: Path) -> None:
    """No fault is invented."""
    assert (
        check(tmp_path / "own.md", "# Objective 1: Work\n- a. Ban fees.\n- b. Sign treaties.\n")
        == []
    )
