"""Lines on pages become blocks in reading order; geometry on plain data, no PDF is needed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from aligner.ingest.layout import lay_out
from aligner.ingest.page import LINE_HYPHEN, Line, Page, Rule
from aligner.ingest.words import clean, join, vocabulary

if TYPE_CHECKING:
    from aligner.model import Block

WIDTH, HEIGHT = 595.0, 842.0


def line(text: str, x: float, y: float, *, size: float = 10.0, bold: bool = False) -> Line:
    """A line of text whose baseline box begins at (x, y); half an em a character."""
    return Line(x, y, x + 0.5 * size * len(text), y + size, size, text, bold)


def lines(*texts: str, x: float = 70.0, y: float = 150.0, step: float = 13.0) -> list[Line]:
    return [line(text, x, y + step * i) for i, text in enumerate(texts)]


def page(number: int, content: list[Line], rules: tuple[Rule, ...] = ()) -> Page:
    return Page(number, WIDTH, HEIGHT, tuple(content), rules)


def shown(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


def body(count: int, *, x: float = 70.0, y: float = 150.0, word: str = "text") -> list[Line]:
    """A justified paragraph of `count` lines of forty characters."""
    full = [f"{word} {'runs on along the line for a while'[:35]:35s}"[:40] for _ in range(count)]
    return lines(*full, x=x, y=y)


def test_lines_of_a_paragraph_are_one_block() -> None:
    """Lines at the usual distance run together, a wider gap parts paragraphs."""
    content = [
        *lines("The ministry shall protect", "workers abroad."),
        line("It reports yearly.", 70, 196),
    ]
    assert shown(lay_out([page(1, content), page(2, body(20))]))[:2] == [
        ("paragraph", "The ministry shall protect workers abroad."),
        ("paragraph", "It reports yearly."),
    ]


def test_two_columns_are_read_one_after_the_other() -> None:
    """What the file interleaves, line by line over both columns, is read column by column."""
    left, right = body(6, word="left"), body(6, x=320, word="right")
    mixed = [item for pair in zip(left, right, strict=True) for item in pair]
    text = " ".join(block.text for block in lay_out([page(1, mixed)]))
    assert re.fullmatch(r"[^r]*(?:left.*)", text)
    assert text.rindex("left") < text.index("right runs")


def test_title_over_two_columns_is_read_first() -> None:
    """A line over both columns parts the page."""
    title = line("A TITLE THAT GOES OVER BOTH OF THE COLUMNS OF TEXT", 70, 120, size=14, bold=True)
    content = [*body(6, x=320, word="right"), *body(6, word="left"), title]
    assert lay_out([page(1, content)])[0].kind == "heading"


def test_paragraph_goes_on_over_a_page_break() -> None:
    """A sentence that a page break cuts is one block with a box on each page."""
    first = [
        *lines("Earlier words end here."),
        *lines("The agency shall inform the", "workers who", y=700),
    ]
    second = lines("leave the country of their rights.", "A new one follows.", y=110, step=30)
    blocks = lay_out([page(1, first), page(2, second)])
    assert blocks[1].text.endswith("workers who leave the country of their rights.")
    assert [box[0] for box in blocks[1].boxes] == [1, 2]


def test_marks_left_of_the_text_begin_items() -> None:
    """Numbers and bullets that stand alone belong to the text beside them."""
    content = [
        line("1.", 70, 150, size=9),
        *lines("The embassy keeps a register", "of its citizens.", x=96),
        line("•", 70, 190),
        *lines("a shelter;", x=96, y=190),
        line("(b)", 70, 210),
        *lines("a hotline.", x=96, y=210),
    ]
    blocks = lay_out([page(1, content)])
    assert [(b.number, b.text) for b in blocks] == [
        ("1.", "The embassy keeps a register of its citizens."),
        ("•", "a shelter;"),
        ("(b)", "a hotline."),
    ]
    assert {b.kind for b in blocks} == {"item"}


def test_number_within_a_sentence_is_no_item() -> None:
    """A line that happens to begin with a number stays in its paragraph."""
    content = lines("The rate fell in the course of the year to only", "3.5 per cent of workers.")
    assert len(lay_out([page(1, content)])) == 1


def test_headings_have_levels_by_size() -> None:
    """The larger heading is the higher one."""
    content = [
        line("I. Situation", 70, 110, size=16, bold=True),
        line("1.1 Emigration", 70, 135, size=12, bold=True),
        *body(5, y=160),
    ]
    first, second, rest = lay_out([page(2, content), page(3, body(20))])[:3]
    assert (first.level, second.level, rest.level) == (1, 2, 0)


def test_running_heads_and_page_numbers_are_left_out() -> None:
    """What stands on many pages in the margin is not text of the policy."""
    pages = [
        page(n, [line("National Policy 2024", 70, 30), *body(5), line(f"Page {n}", 280, 800)])
        for n in range(1, 5)
    ]
    text = " ".join(block.text for block in lay_out(pages))
    assert "National" not in text
    assert "Page" not in text


def test_contents_page_is_left_out() -> None:
    """Lines with leaders would be the best evidence for everything."""
    toc = lines("Contents", *(f"Chapter {n} Protection {'.' * 30} {n * 3}" for n in range(1, 6)))
    assert "Protection" not in " ".join(b.text for b in lay_out([page(1, toc), page(2, body(9))]))


def test_footnotes_are_notes() -> None:
    """Small print with a mark at the foot of a page is not read as text."""
    notes = [line("1 See the census of 2020.", 70, 760, size=7)]
    assert lay_out([page(1, [*body(9), *notes])])[-1].kind == "note"


def grid(xs: list[float], ys: list[float]) -> tuple[Rule, ...]:
    """The ruling lines of a table."""
    level = [Rule(xs[0], y, xs[-1], y) for y in ys]
    return (*level, *(Rule(x, ys[0], x, ys[-1]) for x in xs))


def row(y: float, *cells: str, bold: bool = False) -> list[Line]:
    return [line(text, 74 + 150 * i, y, size=8, bold=bold) for i, text in enumerate(cells) if text]


HEADS = ("Measure", "Responsible", "Deadline")
EDGES = [70.0, 220.0, 370.0, 520.0]


def test_table_row_is_one_block_with_its_heads() -> None:
    """A row of a matrix is its cells, read with the heads of their columns."""
    content = [
        *row(154, *HEADS, bold=True),
        *row(184, "Set up a hotline", "Ministry", "2025"),
        *row(194, "for workers abroad"),
        *row(214, "Open a shelter", "Embassy", "2026"),
    ]
    blocks = lay_out([page(1, content, grid(EDGES, [150.0, 180.0, 210.0, 240.0]))])
    assert shown(blocks) == [
        ("row", "Set up a hotline for workers abroad Ministry 2025"),
        ("row", "Open a shelter Embassy 2026"),
    ]
    assert blocks[0].context == HEADS
    assert blocks[1].fields == (
        ("activity", "Open a shelter"),
        ("responsible", "Embassy"),
        ("deadline", "2026"),
    )


def test_table_goes_on_with_its_heads_on_the_next_page() -> None:
    """Repeated heads are left out, missing ones are taken over, a cut row is put together."""
    ys = [150.0, 180.0, 210.0]
    first = [
        *row(154, *HEADS, bold=True),
        *row(184, "Train consuls in the law and in the", "Ministry", "2025"),
    ]
    second = [*row(154, "languages of workers"), *row(184, "Open a shelter", "Embassy", "2026")]
    blocks = lay_out([page(1, first, grid(EDGES, ys)), page(2, second, grid(EDGES, ys))])
    assert [block.text for block in blocks] == [
        "Train consuls in the law and in the languages of workers Ministry 2025",
        "Open a shelter Embassy 2026",
    ]
    assert [box[0] for box in blocks[0].boxes] == [1, 2]
    assert blocks[1].context == HEADS


def test_goal_over_several_rows_is_their_context() -> None:
    """A cell merged over rows belongs to the first and is context of the others."""
    rules = [r for r in grid(EDGES, [150.0, 180.0, 210.0, 240.0]) if (r.y0, r.y1) != (210.0, 210.0)]
    rules.append(Rule(220.0, 210.0, 520.0, 210.0))
    content = [
        *row(154, *HEADS, bold=True),
        *row(184, "Protect workers", "Hotline in operation", "2025"),
        *row(214, "", "Shelter in operation", "2026"),
    ]
    blocks = lay_out([page(1, content, tuple(rules))])
    assert blocks[0].text == "Protect workers Hotline in operation 2025"
    assert blocks[1].text == "Shelter in operation 2026"
    assert blocks[1].context[0] == "Protect workers"


def test_box_around_text_is_no_table() -> None:
    """A frame around a paragraph does not change how it is read."""
    frame = grid([60.0, 500.0], [140.0, 240.0])
    assert lay_out([page(1, body(4), frame)])[0].kind == "paragraph"


def test_sideways_page_is_read_upright_and_its_boxes_lie_on_the_page() -> None:
    """Text that runs up the page is read; its boxes are those of the page as it is shown."""
    up = [
        Line(
            70 + 13 * i, 300, 80 + 13 * i, 700, 10, f"row {i} runs up the page and further", turn=3
        )
        for i in range(3)
    ]
    (block,) = lay_out([page(1, up)])
    assert block.text.startswith("row 0 runs up the page and further row 1")
    assert block.boxes == ((1, 70.0, 300.0, 106.0, 700.0),)


def test_hyphens_follow_the_vocabulary_of_the_document() -> None:
    """Halves are joined, real hyphens kept, as the rest of the document has the word."""
    known = vocabulary(["the migration of cross-border workers", "well known and being"])
    assert join(["migra" + LINE_HYPHEN, "tion"], known) == "migration"
    assert join(["cross-", "border"], known) == "cross-border"
    assert join(["Asia" + LINE_HYPHEN, "Pacific"], known) == "Asia-Pacific"
    assert join(["well" + LINE_HYPHEN, "being"], known) == "well-being"
    assert join(["unheard" + LINE_HYPHEN, "of"], known) == "unheardof"


def test_clean_text_has_no_invisible_characters() -> None:
    """Ligatures are letters, symbol fonts bullets, control characters nothing."""
    assert clean("\ufb01nal  of\ufb01ce\u00a0\x0b x") == "final office x"
    assert clean("\uf0b7 item") == "• item"
    assert clean("in\u00advisible\u200b") == "invisible"


WORDS = st.lists(
    st.sampled_from(["policy", "law", "right", "work", "border", "visa"]), min_size=1, max_size=9
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), WORDS), min_size=1, max_size=25), st.data()
)
def test_no_word_is_lost_or_made_up(
    drawn: list[tuple[int, bool, list[str]]], data: st.DataObject
) -> None:
    """The words of the blocks are those of the lines, and boxes stay on the page."""
    content = [
        line(" ".join(words), 70 + 160 * column, 150 + 13 * index + 9 * wide)
        for index, (column, wide, words) in enumerate(drawn)
    ]
    content = data.draw(st.permutations(content))
    blocks = lay_out([page(1, content)])
    given_words = Counter(word for item in content for word in item.text.split())
    assert Counter(word for block in blocks for word in block.text.split()) == given_words
    for block in blocks:
        for _, x0, y0, x1, y1 in block.boxes:
            assert 0 <= x0 <= x1 <= WIDTH
            assert 0 <= y0 <= y1 <= HEIGHT


def test_running_heads_that_change_by_chapter_are_left_out() -> None:
    """The name of a chapter at the edge of two pages is no text of the policy."""
    pages = [
        page(n, [line(f"Chapter name {n // 2 * 'x'}", 70, 30, size=8), *body(30, y=80)])
        for n in range(2, 10)
    ]
    text = " ".join(block.text for block in lay_out(pages))
    assert "Chapter name" not in text
    assert text.count("text runs") > 200


def test_watermark_is_left_out() -> None:
    """Large letters that stand across page after page are not in the middle of a paragraph."""
    pages = [page(n, [*body(9), line("DRAFT", 200, 200, size=70)]) for n in range(1, 4)]
    assert "DRAFT" not in " ".join(block.text for block in lay_out(pages))


def test_mark_of_a_footnote_leaves_the_sentence() -> None:
    """The number that sticks to a word goes when its note stands at the foot of the page."""
    content = [
        *lines("Workers are protected by the law.2 The courts decide.", "It began in March 2."),
        *body(9, y=300),
        line("2 Law No. 12 of 2020.", 70, 760, size=7),
    ]
    blocks = lay_out([page(1, content)])
    assert (
        blocks[0].text
        == "Workers are protected by the law. The courts decide. It began in March 2."
    )
    assert blocks[-1].kind == "note"


def test_number_of_a_law_begins_no_clause() -> None:
    """A line that begins with the number of a law goes on with its sentence."""
    content = lines("The matter is governed by Law No.", "9.002 and by the decree.")
    assert len(lay_out([page(1, content)])) == 1


def test_mistaken_encoding_is_mended() -> None:
    """Text that was decoded wrongly is read as it was meant; names with accents stay."""
    assert (
        clean("La politique dâ€™asile et lâ€™intÃ©gration")
        == "La politique d’asile et l’intégration"
    )
    assert clean("SÃO PAULO, l’Âge d’or") == "SÃO PAULO, l’Âge d’or"


def test_title_of_a_part_at_the_top_of_its_page_is_a_heading() -> None:
    """PART I, PART II stand as high on their pages, but no running head counts parts."""
    parts = [
        page(n, [line(f"PART {'I' * n}", 70, 40, size=16, bold=True), *body(20, y=90)])
        for n in range(1, 5)
    ]
    found = [block.text for block in lay_out(parts) if block.kind == "heading"]
    assert found == ["PART I", "PART II", "PART III", "PART IIII"]


def test_heading_that_often_begins_a_page_stays() -> None:
    """What stands in the middle of other pages is no running head where it begins one."""
    own = line("Strategic objective", 70, 100, size=12, bold=True)
    inside = own._replace(y0=400.0, y1=412.0)
    pages = [page(n, [own, *body(9, y=130)]) for n in range(1, 5)]
    pages += [page(n, [*body(9, y=130), inside, *body(9, y=440)]) for n in range(5, 9)]
    assert sum(block.kind == "heading" for block in lay_out(pages)) == 8


def test_text_across_the_page_is_a_note() -> None:
    """A label that runs up the margin is kept and named, but stands in no sentence."""
    label = Line(20, 300, 30, 400, 10, "Downloaded today", turn=3)
    blocks = lay_out([page(1, [*body(5), label])])
    assert shown(blocks)[-1] == ("note", "Downloaded today")
    assert "Downloaded" not in blocks[0].text


def test_label_across_a_cell_is_the_cell() -> None:
    """A goal that is set sideways to save room belongs to its table."""
    goal = [
        Line(80 + 12 * i, 186, 90 + 12 * i, 238, 8, text, turn=3)
        for i, text in enumerate(("Protect", "workers"))
    ]
    rules = [r for r in grid(EDGES, [150.0, 180.0, 210.0, 240.0]) if (r.y0, r.y1) != (210.0, 210.0)]
    rules.append(Rule(220.0, 210.0, 520.0, 210.0))
    content = [
        *row(154, *HEADS, bold=True),
        *row(184, "", "Hotline in operation", "2025"),
        *row(214, "", "Shelter in operation", "2026"),
        *goal,
    ]
    blocks = lay_out([page(1, content, tuple(rules))])
    assert "Protect workers" in blocks[0].text
    assert blocks[1].context[0] == "Protect workers"


def test_last_row_of_a_matrix_alone_on_a_page_is_a_row() -> None:
    """One row between two rulings is the rest of the table of the page before."""
    first = [*row(154, *HEADS, bold=True), *row(184, "Open a shelter", "Embassy", "2026")]
    second = row(154, "Train consuls", "Ministry", "2027")
    blocks = lay_out(
        [
            page(1, first, grid(EDGES, [150.0, 180.0, 210.0])),
            page(2, second, grid(EDGES, [150.0, 180.0])),
        ]
    )
    assert shown(blocks)[-1] == ("row", "Train consuls Ministry 2027")
    assert blocks[-1].context == HEADS


def test_rows_of_figures_stay_together() -> None:
    """Labels with dotted leaders before columns of numbers are rows, no contents page."""
    content = [
        piece
        for i, label in enumerate(("Remittances", "Deployments", "Returns", "Visas issued"))
        for piece in (
            line(f"{label} .........", 70, 700 + 15 * i, size=8),
            *(line(f"{n},{300 + i}", 250 + 60 * n, 700 + 15 * i, size=8) for n in range(1, 5)),
        )
    ]
    blocks = lay_out([page(1, content)])
    assert len(blocks) == 4
    assert {block.kind for block in blocks} == {"row"}
    assert blocks[-1].text.endswith("1,303 2,303 3,303 4,303")


def test_note_whose_mark_stands_alone_keeps_it() -> None:
    """The small number in front of the last note of a page is no page number."""
    content = [
        *lines("Returns fell in 20132, says the census.", "They rose in 2014."),
        *body(9, y=300),
        line("2", 70, 771, size=4),
        line("National Statistics Office, Yearbook.", 86, 771, size=7),
    ]
    blocks = lay_out([page(1, content)])
    assert (blocks[-1].kind, blocks[-1].number) == ("note", "2")
    assert blocks[0].text == "Returns fell in 2013, says the census. They rose in 2014."


def test_box_beside_text_is_read_apart_and_heads_nothing() -> None:
    """A case story in a frame stands in no sentence, and its title is no section."""
    left = lines(*(f"line {n} of the paragraph beside the box" for n in range(6)), x=70, y=150)
    inside = [
        line("Box 1. A voice", 300, 155, size=8, bold=True),
        *lines("Amina came home", "with a trade.", x=300, y=170),
    ]
    blocks = lay_out([page(1, [*left, *inside], grid([290.0, 450.0], [150.0, 200.0]))])
    assert shown(blocks) == [
        ("paragraph", " ".join(f"line {n} of the paragraph beside the box" for n in range(6))),
        ("paragraph", "Box 1. A voice"),
        ("paragraph", "Amina came home with a trade."),
    ]


def test_three_columns_below_two_are_read_in_their_own_order() -> None:
    """Each band of a page has the columns that it has, under its own heading."""
    two = [*body(6, word="aaaa"), *body(6, x=320, word="bbbb")]
    short = [f"{word} ends along a line" for word in ("cccc", "dddd", "eeee")]
    three = [
        item
        for column, text in enumerate(short)
        for item in lines(*[text] * 6, x=70 + 160 * column, y=300)
    ]
    heading = line("Families and children", 70, 262, size=14, bold=True)
    text = " ".join(b.text for b in lay_out([page(1, [*two, heading, *three])]))
    order = ["aaaa", "bbbb", "Families", "cccc", "dddd", "eeee"]
    assert [text.index(word) for word in order] == sorted(text.index(word) for word in order)
    assert text.rindex("dddd") < text.index("eeee")


def test_last_line_of_a_wide_paragraph_belongs_to_it() -> None:
    """A line too short to reach the second column still ends the paragraph over both."""
    wide = line(
        "A notice that goes over the whole of the page and on to the next line of it", 70, 110
    )
    end = line("in May.", 70, 123)
    columns = [*body(6, y=150, word="left"), *body(6, x=320, y=150, word="right")]
    blocks = lay_out([page(1, [wide, end, *columns])])
    assert blocks[0].text.endswith("line of it in May.")


def test_run_in_heading_stays_with_its_text() -> None:
    """Bold words that begin a paragraph are read with it, and begin a new one."""
    content = [
        *lines(
            "A full line that ends as wide as the one", "below, with the end of its own sentence."
        ),
        line("Objective 3.", 70, 176, bold=True),
        line("The Ministry opens a desk", 134, 176),
        line("in every district.", 70, 189),
    ]
    assert shown(lay_out([page(1, content), page(2, body(20))]))[1] == (
        "paragraph",
        "Objective 3. The Ministry opens a desk in every district.",
    )


def test_every_other_row_filled_is_one_table() -> None:
    """Fills of alternate rows are a table's looks: the rows between have the same columns."""
    rules = tuple(
        rule for y in (180.0, 240.0) for rule in grid([70.0, 220.0, 370.0], [y, y + 30.0])
    )
    content = [
        *row(184, "Recommendation one of phase one", "was taken up in full"),
        *row(214, "Recommendation two of phase one", "was not taken up"),
        *row(244, "Recommendation three of phase one", "is under study"),
    ]
    assert shown(lay_out([page(1, content, rules), page(2, body(20))]))[:3] == [
        ("row", "Recommendation one of phase one was taken up in full"),
        ("row", "Recommendation two of phase one was not taken up"),
        ("row", "Recommendation three of phase one is under study"),
    ]
