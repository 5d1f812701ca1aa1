"""Tables with and without rulings: rows, their context, their fields."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aligner.ingest import read
from aligner.ingest.heads import column_name, named
from aligner.ingest.layout import lay_out
from aligner.ingest.page import Line, Page, Rule
from aligner.segment import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aligner.model import Block

HEADS = ("Measure", "Responsible", "Partner", "Deadline")
PLACES = (60.0, 300.0, 400.0, 480.0)
ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_policies" / "nalumbo_diaspora_strategy_action_plan.pdf"


def line(text: str, x: float, y: float, *, bold: bool = False, size: float = 8.0) -> Line:
    """A line of text whose box begins at (x, y)."""
    return Line(x, y, x + 0.45 * size * len(text), y + size, size, text, bold)


def row(y: float, *cells: str, bold: bool = False) -> list[Line]:
    """The first lines of the cells of a row; an empty text is an empty cell."""
    return [line(t, x, y, bold=bold) for x, t in zip(PLACES, cells, strict=False) if t]


def page(number: int, lines: list[Line], rules: tuple[Rule, ...] = ()) -> Page:
    return Page(number, 595.0, 842.0, tuple(lines), rules)


def rows(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if block.kind == "row"]


def plan(y: float = 100.0) -> list[Line]:
    """An action plan without rulings: heads and two rows of two lines each."""
    return [
        *row(y, *HEADS, bold=True),
        *row(y + 16, "4.1 Online register of skills of the diaspora", "MPDA", "Red Cross", "2024"),
        *row(y + 26, "with protection of personal data"),
        *row(y + 42, "4.2 Fellowships for physicians and", "Health", "IOM", "2025"),
        *row(y + 52, "engineers", "", "and UNDP"),
    ]


def test_rows_without_rulings_are_read_across() -> None:
    """Each row is its cells from left to right, not the columns one after the other."""
    blocks = lay_out([page(2, plan())])
    assert rows(blocks) == [
        (
            "4.1 Online register of skills of the diaspora with protection of personal data MPDA "
            "Red Cross 2024"
        ),
        "4.2 Fellowships for physicians and engineers Health IOM and UNDP 2025",
    ]
    assert blocks[0].context == HEADS


def test_fields_have_the_names_of_their_columns() -> None:
    """The report finds who does what until when, whatever the heads are called."""
    assert lay_out([page(2, plan())])[1].fields == (
        ("activity", "4.2 Fellowships for physicians and engineers"),
        ("responsible", "Health"),
        ("partner", "IOM and UNDP"),
        ("deadline", "2025"),
    )


def test_row_cut_by_a_page_is_joined_under_repeated_heads() -> None:
    """What goes on below the repeated heads belongs to the last row of the page before."""
    after = [*row(100, *HEADS, bold=True), *row(116, "in four languages for all schools")]
    last = row(158, "4.3 Website with information", "Youth", "Radio", "2026")
    blocks = lay_out([page(2, [*plan(), *last]), page(3, after)])
    assert rows(blocks)[-1].startswith(
        "4.3 Website with information in four languages for all schools Youth"
    )
    assert [box[0] for box in blocks[-1].boxes] == [2, 3]


def test_text_below_a_table_without_rulings_stays_text() -> None:
    """A paragraph across the columns ends the table."""
    words = "The council meets twice a year and publishes its minutes within a month of it "
    text = [line(words * 2, 60, y) for y in (190.0, 200.0, 210.0)]
    blocks = lay_out([page(2, [*plan(), *text])])
    assert len(rows(blocks)) == 2
    assert blocks[-1].kind == "paragraph"


def test_caption_is_context_of_the_rows_and_no_section() -> None:
    """A caption heads its table and nothing behind it."""
    caption = line("Table 4. Measures under Goal 4", 60, 84, bold=True)
    blocks = lay_out([page(2, [caption, *plan()])])
    assert blocks[0].kind == "note"
    assert all(block.context[0] == caption.text for block in blocks if block.kind == "row")


def test_merged_goal_cell_is_context_of_all_its_rows() -> None:
    """The first row of a goal does not carry the goal in its text."""
    xs, ys = [50.0, 150.0, 350.0, 500.0], [90.0, 110.0, 130.0, 150.0]
    rules = [Rule(x, ys[0], x, ys[-1]) for x in xs]
    rules += [Rule(xs[0], y, xs[-1], y) for y in (ys[0], ys[1], ys[3])]
    rules.append(Rule(xs[1], ys[2], xs[-1], ys[2]))
    content = [
        *(
            line(t, x + 4, 96, bold=True)
            for t, x in zip(("Goal", "Measure", "Lead"), xs, strict=False)
        ),
        line("Goal 3a. Clear rules", 54, 116),
        line("3.1 One desk", 154, 116),
        line("NIA", 354, 116),
        line("3.2 Mediation chamber", 154, 136),
        line("ULC", 354, 136),
    ]
    blocks = lay_out([page(2, content, tuple(rules))])
    assert rows(blocks) == ["3.1 One desk NIA", "3.2 Mediation chamber ULC"]
    assert all(block.context[0] == "Goal 3a. Clear rules" for block in blocks)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Key activities", "activity"),
        ("Lead agency", "responsible"),
        ("Implementing partners", "partner"),
        ("Time frame", "deadline"),
        ("Estimated cost (USD)", "budget"),
        ("Performance indicators", "indicator"),
        ("Actions prioritaires", "activity"),
        ("Structure responsable", "responsible"),
        ("Partenaires", "partner"),
        ("Échéance", "deadline"),
        ("Coût estimé", "budget"),
        ("Indicateurs de suivi", "indicator"),
        ("Línea de acción", "activity"),
        ("Entidad ejecutora", "responsible"),
        ("Instituciones colaboradoras", "partner"),
        ("Plazo", "deadline"),
        ("Presupuesto", "budget"),
        ("Indicador", "indicator"),
        ("Remarks", ""),
    ],
)
def test_heads_are_known_in_three_languages(head: str, name: str) -> None:
    """English, French and Spanish heads give the same names."""
    assert column_name(head) == name


def test_second_column_of_a_name_keeps_its_head() -> None:
    """No cell is lost when two columns mean the same."""
    fields = named((("Lead", "A"), ("Responsible unit", "B")))
    assert fields == (("responsible", "A"), ("Responsible unit", "B"))


def test_sample_plan_has_all_rows_of_its_fourth_goal() -> None:
    """The published sample: a table without rulings that goes on over the page."""
    found = {s.text.split()[0]: s for s in segments(read(SAMPLE)) if s.kind == "row"}
    assert {f"4.{n}" for n in range(1, 12)} <= set(found)
    assert found["4.11"].text.count("northern road") == 1
    assert (found["4.11"].page, found["4.11"].page_end) == (12, 13)
    assert dict(found["3.1"].fields)["responsible"] == "NIA"
    assert "Goal 3a. Clear and friendly rules for investors of the diaspora" in found["3.1"].context


def _renderings() -> Any:
    path = ROOT / "benchmarks" / "renderings.py"
    spec = importlib.util.spec_from_file_location("renderings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def policy() -> dict[str, Any]:
    """A policy of two chapters with each kind of block."""
    clause = (
        "The Ministry shall keep a register of licensed agencies. Agencies that charge fees to "
        "workers lose their licence, and the worker is paid back within thirty days."
    )
    measures = [
        [f"{n}. Open a desk for workers in district {n} of the south", "Ministry of Labour",
         "Trade unions", f"June 203{n}", f"{n}40", "Desks; workers advised by sex"]
        for n in range(1, 6)
    ]  # fmt: skip
    return {
        "title": "Migration Policy of Arvonia",
        "blocks": [
            {"kind": "heading", "level": 1, "text": "1. Fair recruitment"},
            *({"kind": "paragraph", "text": clause} for _ in range(6)),
            {"kind": "bullet", "text": "train inspectors of the districts;"},
            {"kind": "numbered", "number": "1.1", "text": clause},
            {"kind": "heading", "level": 1, "text": "2. Action plan"},
            {"kind": "table", "header": [*HEADS, "Budget", "Indicator"], "rows": measures},
            {"kind": "heading", "level": 1, "text": "3. Follow-up"},
            {"kind": "paragraph", "text": clause},
        ],
    }


LAYOUTS = ("three", "unruled", "fills", "spaced", "matrix", "legal", "boxes", "mixed", "broken")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_blocks_of_each_layout_are_as_recorded(
    layout: str, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """The same policy in nine layouts, block by block as read and checked by eye."""
    pytest.importorskip("reportlab")
    path = tmp_path / "policy.pdf"
    _renderings().render(policy(), path, layout=layout)
    document = read(path)
    dump = "".join(f"{b.page} {b.kind} {b.level} {b.number!r} {b.text}\n" for b in document.blocks)
    golden(f"layout_{layout}.txt", dump)
    assert not [s.text for s in segments(document) if "folium" in s.text]


def _letters(texts: Iterable[str]) -> Counter[str]:
    """The letters and figures of some texts: hyphens at line ends and blanks come and go."""
    return Counter(c for text in texts for c in text if c.isalnum())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_lost_or_made_up_between_page_and_segments(layout: str, tmp_path: Path) -> None:
    """Each labelled passage is in a segment, nothing is in two, and boxes lie on their pages."""
    pytest.importorskip("reportlab")
    import pypdfium2

    path = tmp_path / "policy.pdf"
    _renderings().render(policy(), path, layout=layout)
    document = read(path)
    with pypdfium2.PdfDocument(path) as pdf:
        raw = [page.get_textpage().get_text_range() for page in pdf]
        sizes = {number: page.get_size() for number, page in enumerate(pdf, start=1)}
    blocks, cut = document.blocks, segments(document)
    marks = [block.number for block in blocks if block.kind != "heading"]
    assert not _letters([*marks, *(block.text for block in blocks)]) - _letters(raw)
    wanted = [str(b["text"]) for b in policy()["blocks"] if b["kind"] not in {"heading", "table"}]
    wanted += [" ".join(row) for b in policy()["blocks"] for row in b.get("rows", ())]
    assert not _letters(wanted) - _letters(one.text for one in cut)
    for page, x0, y0, x1, y1 in (box for one in blocks for box in one.boxes):
        assert 0 <= x0 < x1 <= sizes[page][0] + 0.1
        assert 0 <= y0 < y1 <= sizes[page][1] + 0.1
