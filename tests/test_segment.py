"""Blocks become segments that know their section, their lead-in and their pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from aligner.model import Block, Document
from aligner.segment import LONGEST, segments

if TYPE_CHECKING:
    from aligner.model import BlockKind


def document(*blocks: Block) -> Document:
    return Document("p.pdf", "0" * 64, "P", "en", 3, "ok", blocks=blocks)


def heading(text: str, level: int) -> Block:
    return Block(text, "heading", 1, level=level)


def test_segments_know_the_headings_above() -> None:
    """A heading ends those of its level and below."""
    cut = segments(
        document(
            heading("I. Situation", 1),
            heading("1.1 Emigration", 2),
            Block("Many leave.", "paragraph", 1),
            heading("II. Measures", 1),
            Block("A register is kept.", "paragraph", 2),
        )
    )
    assert [s.section for s in cut] == [("I. Situation", "1.1 Emigration"), ("II. Measures",)]
    assert [s.id for s in cut] == ["s0001", "s0002"]
    assert {s.language for s in cut} == {"en"}


def test_headings_and_notes_are_no_segments() -> None:
    """Only what can be evidence is judged."""
    assert segments(document(heading("I. Situation", 1), Block("1 See there.", "note", 1))) == ()


def test_lead_in_is_the_context_of_its_items_only() -> None:
    """A line such as "The Government will:" is read with its bullets only."""
    cut = segments(
        document(
            Block("The Government will:", "paragraph", 1),
            Block("open shelters;", "item", 1, number="•"),
            Block("train consuls.", "item", 1, number="•"),
            Block("This began in 2020.", "paragraph", 1),
            Block("a later list", "item", 1, number="•"),
        )
    )
    lead = ("The Government will:",)
    assert [s.context for s in cut] == [(), lead, lead, (), ()]


def test_row_keeps_its_context_and_fields() -> None:
    """Column heads and goal cell stay with a table row."""
    row = Block("Hotline Ministry", "row", 2, context=("Goal 1",), fields=(("Measure", "Hotline"),))
    (cut,) = segments(document(row))
    assert (cut.context, cut.fields, cut.page) == (("Goal 1",), (("Measure", "Hotline"),), 2)


def test_block_over_two_pages_ends_on_the_second() -> None:
    """The last page is that of the last box."""
    block = Block("One sentence.", "paragraph", 1, boxes=((1, 0, 0, 9, 9), (2, 0, 0, 9, 9)))
    (cut,) = segments(document(block))
    assert (cut.page, cut.page_end, cut.boxes) == (1, 2, block.boxes)


def test_long_paragraph_stays_whole_and_very_long_one_is_cut_at_sentences() -> None:
    """A paragraph of some hundred words is one unit; a chapter without paragraphs is not."""
    sentence = "The ministry shall inform every worker of the rights in the contract."
    block = Block(" ".join([sentence] * 20), "paragraph", 1)
    assert len(segments(document(block))) == 1
    text = " ".join([sentence] * 60)
    cut = segments(document(replace(block, text=text)))
    assert len(cut) > 1
    assert all(len(s.text.split()) <= LONGEST and s.text.endswith(".") for s in cut)
    assert " ".join(s.text for s in cut) == text


def test_blocks_without_words_are_no_segments() -> None:
    """Figures and stray marks cannot be evidence."""
    assert segments(document(Block("12 / 45", "paragraph", 1), Block("•", "paragraph", 1))) == ()


def test_references_and_abbreviations_are_no_passages() -> None:
    """A list ends where the next heading begins, however large its own heading is."""
    blocks = (
        Block("Abbreviations", "heading", 1, level=1),
        Block("ILO International Labour Organization", "paragraph", 1),
        Block("1. Recruitment", "heading", 2, level=2),
        Block("Agencies need a licence.", "paragraph", 2),
        Block("6. References", "heading", 3, level=2),
        Block("Author, A. Rights of migrant workers.", "paragraph", 3),
    )
    found = segments(Document("p.pdf", "", "", "en", 3, "ok", blocks))
    assert [s.text for s in found] == ["Agencies need a licence."]
    assert found[0].section == ("1. Recruitment",)


def test_foreword_and_annex_end_where_a_chapter_begins() -> None:
    """What is larger than the chapters does not head them."""
    blocks = (
        Block("Foreword", "heading", 1, level=1),
        Block("1. Recruitment", "heading", 2, level=2),
        Block("Agencies need a licence.", "paragraph", 2),
        Block("Annex A", "heading", 3, level=1),
        Block("1. Forms", "heading", 3, level=2),
        Block("Use the form.", "paragraph", 3),
        Block("Chapter 7", "heading", 4, level=2),
        Block("The council meets.", "paragraph", 4),
    )
    found = segments(Document("p.pdf", "", "", "en", 4, "ok", blocks))
    sections = [s.section for s in found]
    assert sections == [("1. Recruitment",), ("Annex A", "1. Forms"), ("Chapter 7",)]


KINDS = st.sampled_from(["heading", "paragraph", "item", "row", "note"])
WORDS = st.lists(st.sampled_from(["policy", "law", "shall", "work", "visa."]), min_size=1)


@given(st.lists(st.tuples(KINDS, st.one_of(WORDS, WORDS.map(lambda w: w * 90))), max_size=30))
def test_every_body_block_is_in_exactly_one_run_of_segments(
    drawn: list[tuple[BlockKind, list[str]]],
) -> None:
    """No word between blocks and segments is lost, doubled or made up; kind and page stay."""
    blocks = [
        Block(f"b{n} {' '.join(words)}", kind, n % 7 + 1, level=int(kind == "heading"))
        for n, (kind, words) in enumerate(drawn)
    ]
    body = [block for block in blocks if block.kind not in {"heading", "note"}]
    cut = segments(document(*blocks))
    assert " ".join(one.text for one in cut) == " ".join(block.text for block in body)
    starts = [one for one in cut if one.text.startswith("b")]
    assert [(one.kind, one.page) for one in starts] == [(block.kind, block.page) for block in body]
    assert [one.id for one in cut] == [f"s{n:04d}" for n in range(1, len(cut) + 1)]
