"""A whole PDF through the engine: blocks as a person would mark them, in a small process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from aligner.ingest import begin, read
from aligner.segment import segments

if TYPE_CHECKING:
    from pathlib import Path

    from aligner.model import Document

pytest.importorskip("reportlab")

EXPECTED = """\
1 note 0 Policy on Work Abroad
1 note 0 Republic of Examplia
2 heading 1 Chapter 1. Situation
2 item 0 Many citizens work abroad and send home what they can spare in each year of it.
2 paragraph 0 The Government will:
2 item 0 open shelters at the four missions that report the most complaints of domestic workers;
2 item 0 train consuls.
2 row 0 Set up a hotline for workers abroad Ministry 2025
2 row 0 Open a shelter Embassy 2026
3 paragraph 0 Costs are shared."""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cover, a page with heading, clause, bullets and a ruled table, and a last page."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=14, spaceAfter=8)
    item = ParagraphStyle("item", parent=body, leftIndent=24, bulletIndent=4)
    head = ParagraphStyle("head", parent=body, fontName="Times-Bold", fontSize=17, leading=22)
    rows = [
        ["Measure", "Responsible", "Deadline"],
        ["Set up a hotline\nfor workers abroad", "Ministry", "2025"],
        ["Open a shelter", "Embassy", "2026"],
    ]
    lines = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONT", (0, 0), (-1, 0), "Times-Bold", 10)]
    clause, bullets = EXPECTED.splitlines()[3], EXPECTED.splitlines()[5:7]
    story = [
        *(Paragraph(text, head) for text in ("Policy on Work Abroad", "Republic of Examplia")),
        PageBreak(),
        Paragraph("Chapter 1. Situation", head),
        Paragraph(clause[9:], item, bulletText="1."),
        Paragraph("The Government will:", body),
        *(Paragraph(text[9:], item, bulletText="\u2022") for text in bullets),
        Table(rows, style=TableStyle(lines)),
        PageBreak(),
        Paragraph("Costs are shared.", body),
    ]
    path = tmp_path_factory.mktemp("pdf") / "policy.pdf"
    SimpleDocTemplate(str(path), title="Policy on Work Abroad", invariant=1).build(story)
    return path


@pytest.fixture(scope="module")
def document(policy: Path) -> Document:
    return read(policy)


def test_blocks_are_those_a_person_would_mark(document: Document) -> None:
    """Kinds, levels, pages and words of a small policy, whole."""
    shown = [f"{b.page} {b.kind} {b.level} {b.text}" for b in document.blocks]
    assert "\n".join(shown) == EXPECTED


def test_document_knows_title_language_and_size(document: Document) -> None:
    """What the report's first sheet says of the policy."""
    assert (document.title, document.language) == ("Policy on Work Abroad", "en")
    assert (document.pages, document.status, document.notes) == (3, "ok", ())


def test_boxes_hold_the_words(document: Document) -> None:
    """Boxes lie on the page, from its top left corner, in the order of reading."""
    tops = [box[2] for block in document.blocks if block.page == 2 for box in block.boxes]
    assert tops == sorted(tops)
    assert all(0 < y < 842 for y in tops)
    assert document.blocks[2].boxes[0][1] == pytest.approx(80, abs=4)


def test_segments_carry_section_lead_in_and_heads(document: Document) -> None:
    """From the PDF to the unit that is judged."""
    cut = segments(document)
    assert {s.section for s in cut} == {("Chapter 1. Situation",)}
    assert [s.context for s in cut if s.text == "train consuls."] == [("The Government will:",)]
    assert cut[-2].context == ("Measure", "Responsible", "Deadline")


def test_reading_twice_gives_the_same(policy: Path, document: Document) -> None:
    """Same input, same output."""
    assert read(policy) == document


def test_two_files_can_be_read_at_once(policy: Path) -> None:
    """Each reading is a process of its own."""
    first, second = begin(policy), begin(policy)
    assert second.finish() == first.finish()


def test_parent_never_loads_an_engine(policy: Path) -> None:
    """An engine that aborts its process or crashes in threads stays in the child."""
    code = (
        "import sys; from pathlib import Path; from aligner.ingest import read; "
        f"read(Path({str(policy)!r})); "
        "sys.exit(any(m.split('.')[0] in ('pypdfium2', 'pdfplumber') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_second_engine_reads_the_same_words(policy: Path, document: Document) -> None:
    """pdfplumber, the engine for what pdfium cannot open, gives lines in the same form."""
    code = (
        "import mmap, sys; from aligner.ingest.engine_pdfplumber import read; "
        "from aligner.ingest.layout import lay_out; "
        "data = mmap.mmap(0, 0, access=mmap.ACCESS_COPY); "
        "print(' '.join(b.text for b in lay_out(read(data, None).pages)))"
    )
    with policy.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=file, capture_output=True, check=True
        )
    words = done.stdout.decode().split()
    told = " ".join(b.text for b in document.blocks if b.kind in {"paragraph", "item", "row"})
    assert set(told.split()) <= set(words)


@pytest.mark.skipif(os.name == "nt", reason="memory is told by the resource module")
def test_child_stays_small(policy: Path) -> None:
    """Reading takes a fraction of the GiB that no process may exceed.

    Asked in a process of its own: the children of this one include those of all other tests.
    """
    code = (
        "import resource; from pathlib import Path; from aligner.ingest import read; "
        f"read(Path({str(policy)!r})); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(done.stdout) < 950 * 1024 * (1024 if sys.platform == "darwin" else 1)
