"""The annotated policy: real highlights at the right place, and the policy left as it is."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, replace

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from aligner import ingest
from aligner.errors import Broken, Encrypted, Missing, OutputError, Unsupported
from aligner.model import Finding
from aligner.report.annotated import plan, write_annotated
from aligner.segment import segments
from builders import build_analysis, build_match
from test_report_rows import HOSTILE, hostile

WORDS = "Licensed agencies are prohibited from charging recruitment fees to workers."


def policy(path, *, pages: int = 2):
    """A PDF that says WORDS at (100, 500) of each page, with a bookmark and a link of its own."""
    page = canvas.Canvas(str(path), pagesize=(612, 792), invariant=True)
    for number in range(pages):
        page.bookmarkPage(f"p{number}")
        page.addOutlineEntry(f"Chapter {number + 1}", f"p{number}")
        page.setFont("Helvetica", 11)
        page.drawString(100, 500, WORDS)
        page.drawString(100, 300, f"Section {number} describes how the Ministry works, in general.")
        page.linkURL("https://example.org", (100, 295, 200, 310))
        page.showPage()
    page.save()
    return path


def analysed(path):
    """An analysis of the PDF in which each passage that says WORDS is evidence for 6.c."""
    document = ingest.read(path)
    found = segments(document)
    matches = tuple(
        build_match(one, "6.c", confidence=0.9) for one in found if WORDS[:20] in one.text
    )
    assert matches
    analysis = build_analysis()
    return replace(
        analysis,
        document=replace(document, blocks=()),
        segments=found,
        matches=matches,
        findings=(Finding("6.c", "covered", 0.9, matches),),
        measures=(),
        principles=(),
    )


@dataclass(frozen=True)
class Mark:
    """An annotation as plain data."""

    page: int
    title: str
    text: str
    quads: tuple[float, ...]


def marks(path, kind: str) -> list[Mark]:
    """The annotations of that kind in the order of the pages."""
    with pikepdf.open(path) as pdf:
        return [
            Mark(
                number,
                str(one.get("/T", "")),
                str(one.get("/Contents", "")),
                tuple(float(value) for value in one.get("/QuadPoints", [])),
            )
            for number, page in enumerate(pdf.pages, 1)
            for one in page.obj.get("/Annots", [])
            if one.Subtype == f"/{kind}"
        ]


def around(mark: Mark) -> tuple[float, float, float, float]:
    """The box around the quads."""
    xs, ys = mark.quads[::2], mark.quads[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def test_highlight_lies_on_the_words_and_notes_name_the_action(tmp_path):
    """One highlight a passage, one note an action, a legend, and nothing of the policy is lost."""
    given_ = policy(tmp_path / "p.pdf")
    analysis = analysed(given_)
    written = write_annotated(analysis, tmp_path / "a.pdf", policy=given_)
    highlights = marks(written.path, "Highlight")
    assert [one.page for one in highlights] == [1, 2]
    x0, y0, x1, y1 = around(highlights[0])
    assert x0 == pytest.approx(100, abs=2)
    assert y0 < 500 < y1
    assert x1 > 400
    notes = marks(written.path, "Text")
    assert sum("6.c" in one.title for one in notes) == 2
    assert sum("likelihood" in one.text for one in notes) == 2
    assert sum("ranks countries" in one.text for one in notes) == 1
    assert len(marks(written.path, "Link")) == 2


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 100, 560, 700)])
def test_turned_and_cropped_pages_are_marked_where_the_words_are(tmp_path, turn, crop):
    """Rotation and crop box of the page are respected."""
    plain = policy(tmp_path / "plain.pdf", pages=1)
    with pikepdf.open(plain) as pdf:
        # Inherited from the tree, as many files have it.
        pdf.Root.Pages.Rotate = turn
        if crop:
            pdf.pages[0].obj.CropBox = pikepdf.Array(crop)
        pdf.save(tmp_path / "p.pdf", deterministic_id=True)
    analysis = analysed(tmp_path / "p.pdf")
    write_annotated(analysis, tmp_path / "a.pdf", policy=tmp_path / "p.pdf")
    (highlight,) = marks(tmp_path / "a.pdf", "Highlight")
    x0, y0, x1, y1 = around(highlight)
    assert x0 == pytest.approx(100, abs=3)
    assert y0 < 500 < y1
    assert y1 - y0 < 20
    assert 400 < x1 < 520


def test_any_viewer_draws_the_marks(tmp_path):
    """Another engine than the one that wrote shows colour above the words of the passage."""
    given_ = policy(tmp_path / "p.pdf", pages=1)
    write_annotated(analysed(given_), tmp_path / "a.pdf", policy=given_)
    (highlight,) = marks(tmp_path / "a.pdf", "Highlight")
    x0, _, _, y1 = around(highlight)
    # In a process of its own: pdfium never runs in that of the tests.
    code = (
        "import sys, pypdfium2, json; name, x, y = sys.argv[1:];"
        "page = pypdfium2.PdfDocument(name)[0].render(scale=4).to_pil().convert('RGB');"
        "print(json.dumps(page.getpixel((int(4 * float(x)), int(4 * (792 - float(y)))))))"
    )
    place = (str(x0 + 1), str(y1 - 0.5))
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.pdf", *place],
        capture_output=True,
        text=True,
        check=True,
    )
    red, green, blue = json.loads(done.stdout)
    assert green > blue > red


def test_bookmarks_lead_from_objectives_to_passages(tmp_path):
    """Ours stand behind the policy's own, which stay."""
    given_ = policy(tmp_path / "p.pdf")
    write_annotated(analysed(given_), tmp_path / "a.pdf", policy=given_)
    with pikepdf.open(tmp_path / "a.pdf") as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
        assert titles[:2] == ["Chapter 1", "Chapter 2"]
        (objective,) = outline.root[2].children
        assert objective.title.startswith("6. ")
        (action,) = objective.children
        assert action.title.startswith("6.c ")
        assert [item.title[:11] for item in action.children] == ["p. 1 (full)", "p. 2 (full)"]
        page = action.children[1].destination[0]
        assert page.objgen == pdf.pages[1].obj.objgen


def test_policy_stays_and_the_copy_is_the_same_twice(tmp_path):
    """The original keeps every byte; two copies are equal byte for byte."""
    given_ = policy(tmp_path / "p.pdf")
    before = hashlib.sha256(given_.read_bytes()).hexdigest()
    for name in ("a.pdf", "b.pdf"):
        write_annotated(analysed(given_), tmp_path / name, policy=given_)
    assert hashlib.sha256(given_.read_bytes()).hexdigest() == before
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_policy_itself_is_never_the_target(tmp_path):
    """Whatever way the same file is named, it is refused."""
    given_ = policy(tmp_path / "p.pdf")
    analysis = analysed(given_)
    (tmp_path / "link.pdf").hardlink_to(given_)
    for target in (given_, tmp_path / "link.pdf"):
        with pytest.raises(OutputError, match="policy itself"):
            write_annotated(analysis, target, policy=given_)


def test_every_other_file_is_refused_and_the_old_report_stays(tmp_path):
    """Missing, changed, no PDF, damaged, protected: each has its message; nothing is replaced."""
    given_ = policy(tmp_path / "p.pdf")
    analysis = analysed(given_)
    target = tmp_path / "a.pdf"
    target.write_bytes(b"old")

    def fails(error, policy, sha256=None):
        sha256 = sha256 or hashlib.sha256(policy.read_bytes()).hexdigest()
        other = replace(analysis, document=replace(analysis.document, sha256=sha256))
        with pytest.raises(error) as caught:
            write_annotated(other, target, policy=policy)
        assert policy.name in str(caught.value)
        assert target.read_bytes() == b"old"
        assert [p.name for p in tmp_path.iterdir() if "tmp" in p.name] == []

    fails(Missing, tmp_path / "none.pdf", "0" * 64)
    fails(Unsupported, given_, "0" * 64)
    (tmp_path / "word.docx").write_bytes(b"PK no PDF")
    fails(Unsupported, tmp_path / "word.docx")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    fails(Broken, tmp_path / "broken.pdf")
    with pikepdf.open(given_) as pdf:
        secret = pikepdf.Encryption(user="u", owner="o")
        pdf.save(tmp_path / "secret.pdf", encryption=secret)
    fails(Encrypted, tmp_path / "secret.pdf")
    with pikepdf.open(given_) as pdf:
        allow = pikepdf.Permissions(modify_annotation=False, modify_other=False)
        pdf.save(tmp_path / "shut.pdf", encryption=pikepdf.Encryption(owner="o", allow=allow))
    fails(Encrypted, tmp_path / "shut.pdf")


def test_scripts_of_the_policy_are_not_carried_over(tmp_path):
    """A copy that one circulates runs nothing when it is opened."""
    with pikepdf.open(policy(tmp_path / "plain.pdf")) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.OpenAction = script
        pdf.Root.AA = pikepdf.Dictionary(WC=script)
        pdf.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script]))
        pdf.save(tmp_path / "p.pdf")
    write_annotated(analysed(tmp_path / "p.pdf"), tmp_path / "a.pdf", policy=tmp_path / "p.pdf")
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert not {"/OpenAction", "/AA"} & set(pdf.Root.keys())
        assert "/JavaScript" not in pdf.Root.Names


def test_malformed_pages_are_marked_all_the_same(tmp_path):
    """Annotations, outlines or boxes of the wrong kind do not stop the work."""
    with pikepdf.open(policy(tmp_path / "plain.pdf")) as pdf:
        pdf.pages[0].obj.Annots = pikepdf.Dictionary(A=1)
        pdf.pages[0].obj.CropBox = pikepdf.Array([0, 0, 0, 0])
        pdf.pages[1].obj.Rotate = pikepdf.String("x")
        pdf.Root.Outlines = pikepdf.Array([1])
        pdf.save(tmp_path / "p.pdf")
    write_annotated(analysed(tmp_path / "p.pdf"), tmp_path / "a.pdf", policy=tmp_path / "p.pdf")
    assert len(marks(tmp_path / "a.pdf", "Highlight")) == 2


def test_hundred_labels_find_their_places(tmp_path):
    """Many actions on one line, at any fraction of a point, neither cover one another nor hang."""
    given_ = policy(tmp_path / "p.pdf", pages=1)
    analysis = analysed(given_)
    first = analysis.segments[0]
    parts = tuple(
        replace(first, id=f"s{n}", boxes=((1, 100.1, 280.1 + n * 3.7, 400.0, 290.3 + n * 3.7),))
        for n in range(100)
    )
    matches = tuple(build_match(one, "6.c") for one in parts)
    many = replace(analysis, segments=parts, findings=(Finding("6.c", "covered", 0.9, matches),))
    write_annotated(many, tmp_path / "a.pdf", policy=given_)
    assert len(marks(tmp_path / "a.pdf", "Text")) == 101


def test_label_of_a_right_column_stands_in_the_right_margin(tmp_path):
    """Between two columns a label would cover the ends of the lines of the left one."""
    given_ = policy(tmp_path / "p.pdf", pages=1)
    analysis = analysed(given_)
    first = analysis.segments[0]
    parts = (
        replace(first, id="s1", boxes=((1, 60.0, 100.0, 290.0, 140.0),)),
        replace(first, id="s2", boxes=((1, 305.0, 100.0, 535.0, 140.0),)),
    )
    matches = tuple(build_match(one, "6.c") for one in parts)
    both = replace(analysis, segments=parts, findings=(Finding("6.c", "covered", 0.9, matches),))
    write_annotated(both, tmp_path / "a.pdf", policy=given_)
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        edges = [
            [float(edge) for edge in one.Rect]
            for one in pdf.pages[0].Annots
            if str(one.get("/NM", "")).endswith("-6.c")
        ]
    assert len(edges) == 2
    assert min(edges)[2] <= 60
    assert max(edges)[0] >= 535


def test_label_of_a_row_leaves_the_goal_beside_it_free():
    """A goal cell that spans many rows stands left of them; a label there would cover it."""
    one = build_analysis()
    first = one.segments[0]
    rows = (
        replace(first, id="s1", kind="row", boxes=((1, 50.0, 100.0, 500.0, 120.0),)),
        replace(first, id="s2", kind="row", boxes=((1, 160.0, 200.0, 500.0, 220.0),)),
        replace(first, id="s3", kind="item", boxes=((1, 90.0, 300.0, 500.0, 320.0),)),
    )
    matches = tuple(build_match(row, "6.c") for row in rows)
    told = replace(one, segments=rows, findings=(Finding("6.c", "covered", 0.9, matches),))
    assert [mark["edge"] for mark in plan(told)["marks"]] == [50.0, 50.0, 90.0]


def test_boxes_beyond_the_document_are_passed_over(tmp_path):
    """An analysis that somebody changed by hand cannot mark a page that is not there."""
    given_ = policy(tmp_path / "p.pdf")
    analysis = analysed(given_)
    far = replace(analysis.segments[0], page=99, boxes=((99, 0.0, 0.0, 9.0, 9.0),))
    write_annotated(
        replace(analysis, segments=(far, *analysis.segments[1:])),
        tmp_path / "a.pdf",
        policy=given_,
    )
    assert marks(tmp_path / "a.pdf", "Text")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_stands_in_the_comments(tmp_path, text):
    """Titles and comments hold any text; bookmarks cut it where it is seen."""
    given_ = policy(tmp_path / "p.pdf", pages=1)
    sha256 = hashlib.sha256(given_.read_bytes()).hexdigest()
    analysis = hostile(text)
    analysis = replace(analysis, document=replace(analysis.document, sha256=sha256))
    write_annotated(analysis, tmp_path / "a.pdf", policy=given_)
    (highlight,) = marks(tmp_path / "a.pdf", "Highlight")
    assert "5.a (full)" in highlight.text


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_planned(text):
    """What is to be drawn can be told to the child whatever characters the policy has."""
    job = plan(hostile(text))
    for mark in job["marks"]:
        mark["text"].encode("utf-16")
        assert "\x00" not in mark["text"]
