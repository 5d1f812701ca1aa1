"""Tables for other programs: complete, typed, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aligner import explain
from aligner.report.rows import TABLES, csv_bytes, parquet_bytes, rows, write_csv, write_parquet
from builders import build_analysis, build_segment

HOSTILE = (
    ",=cmd|calc",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "\n\n=1",
    "a;=1",
    'a;"=1',
    "\x00\x0b\ufffe\ud800",
    "</script><script>alert(1)</script>",
    "שלום 🌍 مرحبا",
    'q"uo"te, and; more',
    "x" * 40_000,
)


def hostile(text: str):
    """An analysis in which the text stands wherever text of a policy can."""
    analysis = build_analysis()
    first, *others = analysis.segments
    changed = replace(first, text=text, section=(text,), context=(text,), fields=((text, text),))
    document = replace(analysis.document, name=text, title=text)
    return replace(analysis, segments=(changed, *others), document=document)


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_three_tables_stand_beside_one_another(tmp_path):
    """One name gives three files, for CSV and for Parquet."""
    for write, ending in ((write_csv, "csv"), (write_parquet, "parquet")):
        written = write(build_analysis(), tmp_path / f"a.{ending}")
        assert [one.path.name for one in written] == [f"a.{name}.{ending}" for name in TABLES]


def test_rows_say_what_the_analysis_says():
    """An action a row, a match a row, a segment a row, with pages, words and reasons."""
    analysis = build_analysis()
    actions, evidence, segments = (rows(analysis, name) for name in TABLES)
    assert [row["action"] for row in actions] == [f.action for f in analysis.findings]
    assert [row["status"] for row in actions] == [f.status for f in analysis.findings]
    assert [(row["action"], row["counts"]) for row in evidence] == [
        ("5.a", True),
        ("5.b", True),
        ("6.a", False),
        ("6.c", True),
    ]
    first = evidence[0]
    segment = analysis.segments[0]
    assert first["passage"] == segment.text
    assert first["why"] == explain.explain(
        analysis.matches[0], segment, analysis.framework.actions[0]
    )
    start, end = map(int, first["matched_offsets"].split()[0].split(".."))
    assert segment.text[start:end] == first["matched_words"].split(" | ")[0]
    assert [row["segment"] for row in segments] == [s.id for s in analysis.segments]
    assert segments[1]["actions"] == "6.c"


@pytest.mark.parametrize("name", TABLES)
def test_both_formats_hold_the_same_rows(name):
    """CSV and Parquet differ in form alone."""
    table = rows(build_analysis(), name)
    frame = pd.read_parquet(io.BytesIO(parquet_bytes(table)))
    assert frame.to_dict("records") == table
    assert [list(row) for row in read(csv_bytes(table))] == [list(row) for row in table]


@pytest.mark.parametrize("name", TABLES)
def test_same_analysis_gives_the_same_bytes(name):
    """Nothing of the hour or the machine stands in the files."""
    for make in (csv_bytes, parquet_bytes):
        assert make(rows(build_analysis(), name)) == make(rows(build_analysis(), name))


def harmless(cell: str) -> bool:
    return not cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_no_cell_becomes_a_formula(text):
    """Whatever a policy says stays text, in a spreadsheet of any country, and nothing is cut."""
    for name in TABLES:
        table = rows(hostile(text), name)
        data = csv_bytes(table)
        lines = data.decode("utf-8-sig").split("\n")
        assert len(lines) == len(table) + 2
        for semicolons in (row for line in lines for row in line.split(";")):
            assert harmless(semicolons.lstrip('" '))
        assert all(harmless(cell) for row in read(data) for cell in row.values())
    assert len(read(csv_bytes(rows(hostile(text), "segments")))[0]["text"]) >= len(text.strip())


@given(st.text(st.characters(), max_size=80))
@settings(max_examples=80, deadline=None)
def test_any_text_survives(text):
    """Any characters at all give tables that can be read again, one line a row."""
    analysis = replace(build_analysis(), segments=(build_segment(1, text or "x"),), findings=())
    table = rows(analysis, "segments")
    (row,) = read(csv_bytes(table))
    assert harmless(row["text"])
    assert len(pd.read_parquet(io.BytesIO(parquet_bytes(table)))) == 1


def test_empty_tables_can_be_read():
    """An analysis without findings gives tables without rows."""
    empty = replace(build_analysis(), findings=(), matches=())
    assert read(csv_bytes(rows(empty, "evidence"))) == []
    assert len(pd.read_parquet(io.BytesIO(parquet_bytes(rows(empty, "evidence"))))) == 0
