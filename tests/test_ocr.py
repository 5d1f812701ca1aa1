"""Scans and damaged pages: what stands in a picture is read, placed, and told as such."""

from __future__ import annotations

import io
from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest

from aligner import options
from aligner.errors import NoText, OptionsError
from aligner.ingest import begin, read, sanity
from aligner.ingest.page import Line, Page
from test_ingest import pdf_bytes, words_pdf

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = (
    "The Ministry of Labour shall license every recruitment agency.",
    "Consular officers shall assist migrant workers in distress.",
    "Remittance fees shall be published every month by the Central Bank.",
)
SOUND = [Line(72, 72, 500, 84, 12, "The ministry shall protect migrant workers abroad. " * 4)]


def scan(path: Path, *, skew: float = 0.0, pages: int = 1) -> Path:
    """A PDF whose pages are pictures of three sentences, 200 dots an inch."""
    picture = drawn().rotate(-skew, fillcolor=255)
    picture.save(path, "PDF", resolution=200, save_all=True, append_images=[picture] * (pages - 1))
    return path


def drawn() -> Any:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1654, 2339), 255)
    brush = ImageDraw.Draw(picture)
    for index, text in enumerate(SENTENCES):
        brush.text((200, 400 + 200 * index), text, fill=0, font=ImageFont.load_default(size=36))
    return picture


def needs_rapidocr() -> None:
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        pytest.skip("the extra `ocr` is not installed")


def test_scan_without_ocr_is_refused_and_names_the_remedy(tmp_path: Path) -> None:
    """Nobody gets a report full of gaps from a scan; the hint says what to install."""
    with pytest.raises(NoText) as caught:
        read(scan(tmp_path / "scan.pdf"))
    assert "aligner[ocr]" in caught.value.hint


def test_scan_is_read_with_page_and_box(tmp_path: Path) -> None:
    """Sentences of a skewed scan come back, with boxes where the picture shows them."""
    needs_rapidocr()
    heard: list[str] = []
    reading = begin(scan(tmp_path / "scan.pdf", skew=2.0), ocr="rapidocr")
    document = reading.finish(heard.append)
    text = " ".join(block.text for block in document.blocks)
    for sentence in SENTENCES:
        assert sentence in text
    assert document.status == "ok"
    assert [note.code for note in document.notes] == ["ocr"]
    assert any("scanned page 1" in line for line in heard)
    first = min(box for block in document.blocks for box in block.boxes)
    assert first[0] == 1
    assert first[1] == pytest.approx(72, abs=25)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_page_laid_into_the_scanner_the_wrong_way_is_read(turn: int, tmp_path: Path) -> None:
    """Sideways and upside down: the words come back, with boxes where the page shows them."""
    needs_rapidocr()
    path = tmp_path / "scan.pdf"
    drawn().rotate(-90 * turn, expand=True).save(path, "PDF", resolution=200)
    blocks = read(path, ocr="rapidocr").blocks
    assert SENTENCES[0] in " ".join(block.text for block in blocks)
    _, x0, y0, x1, y1 = next(b for b in blocks if SENTENCES[0][:12] in b.text).boxes[0]
    assert (x1 - x0 < y1 - y0) == (turn % 2 == 1)
    # The sentence stands a fifth from the top of the drawing: right, below or left once turned.
    middle = {1: x0 / 842, 2: y0 / 842, 3: 1 - x1 / 842}[turn]
    assert middle > 0.7


def test_tesseract_reads_a_scan_when_asked(tmp_path: Path) -> None:
    """The Debian program gives the same sentences."""
    if which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    document = read(scan(tmp_path / "scan.pdf"), ocr="tesseract")
    assert SENTENCES[0] in " ".join(block.text for block in document.blocks)


def test_failing_ocr_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recogniser that cannot start never looks like an empty policy."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoText, match="recognition failed"):
        read(scan(tmp_path / "scan.pdf"), ocr="tesseract")


def test_ordinary_policy_needs_no_ocr(tmp_path: Path) -> None:
    """Where every page has text, no recogniser starts and no note is made."""
    path = tmp_path / "policy.pdf"
    path.write_bytes(words_pdf())
    assert read(path, ocr="rapidocr").notes == ()


def test_unknown_ocr_is_refused() -> None:
    """A misspelt choice is no silent `off`."""
    with pytest.raises(OptionsError):
        options.gather({"ocr": "tesserract"})


def test_skew_is_measured_within_a_tenth_of_a_degree() -> None:
    """Lines that fall by 1.7 degrees are seen as such."""
    from aligner.ingest import ocr

    assert ocr._skew(drawn().rotate(-1.7, fillcolor=255)) == pytest.approx(1.7, abs=0.15)


def test_turned_back_box_stays_inside_the_page() -> None:
    """A box at the rim of a straightened page does not leave the page that was scanned."""
    from aligner.ingest import ocr

    x0, y0, x1, y1 = ocr.turned_back((0.0, 0.0, 595.0, 842.0), Page(1, 595.0, 842.0), 3.0)
    assert 0 <= x0 < x1 <= 595
    assert 0 <= y0 < y1 <= 842


def test_lost_spaces_come_back() -> None:
    """Words that the recogniser glued are parted when case, figures or the document say so."""
    from collections import Counter

    from aligner.ingest import ocr

    seen = Counter({"migrant": 9, "workers": 7, "migrantworkers": 1})
    text = "WorkerWelfare of 17 September2018 for migrantworkers"
    assert ocr._spaced(text, seen) == "Worker Welfare of 17 September 2018 for migrant workers"


def test_tesseract_table_becomes_lines() -> None:
    """Words of one line stay together, words without confidence are left out."""
    from aligner.ingest import ocr

    rows = ["level\tpage", "5\t1\t1\t1\t1\t1\t10\t10\t50\t20\t96\tThe", "5\t1\t1\t1\t1\t2\t70\t10"]
    rows += [
        "5\t1\t1\t1\t1\t2\t70\t10\t90\t20\t95\tministry",
        "5\t1\t1\t1\t1\t3\t9\t9\t9\t9\t-1\t|",
    ]
    (line,) = ocr._table_lines("\n".join(rows))
    assert [word.text for word in line] == ["The", "ministry"]


def test_glued_page_is_suspicious_and_sound_one_is_not() -> None:
    """Words without spaces and lost characters are seen; ordinary prose is left alone."""
    glued = [line._replace(text=line.text.replace(" ", "")) for line in SOUND]
    lost = [line._replace(text=line.text.replace("o", "(cid:3)")) for line in SOUND]
    assert not sanity.suspicious(SOUND)
    assert sanity.suspicious(glued)
    assert sanity.suspicious(lost)
    assert sanity.better(SOUND, glued)
    assert sanity.better(SOUND, lost)
    assert not sanity.better(glued, SOUND)


def test_contents_page_and_address_are_not_suspicious() -> None:
    """Dots and long web addresses are no glued words."""
    dots = [Line(72, 72, 500, 84, 12, "Chapter 4. Recruitment " + "." * 80 + " 12")] * 4
    link = [
        Line(72, 72, 500, 84, 12, "See https://example.org/" + "migration" * 8 + " today. ")
    ] * 4
    assert not sanity.suspicious(dots)
    assert not sanity.suspicious(link)


def test_damaged_page_is_noted(tmp_path: Path) -> None:
    """A page of glued words that no engine reads better bears a note."""
    content = b"BT /F 6 Tf 20 720 Td (%s) Tj ET" % (b"theministryshallprotectmigrantworkers" * 6)
    path = tmp_path / "glued.pdf"
    path.write_bytes(pdf_bytes(content=content))
    assert "page_doubtful" in [note.code for note in read(path).notes]


def test_second_engine_reads_where_the_first_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of pdfium costs time, not the policy."""
    from aligner.ingest import pdf

    path = tmp_path / "policy.pdf"
    path.write_bytes(words_pdf())
    answer = pdf._answer
    answers = iter([{"error": "crashed"}])
    monkeypatch.setattr(pdf, "_answer", lambda *given: next(answers, None) or answer(*given))
    document = read(path)
    assert "migrant workers" in document.blocks[0].text
    assert [note.code for note in document.notes] == ["second_reader"]


def test_picture_of_a_page_is_a_png(tmp_path: Path) -> None:
    """`aligner show` writes a picture with the segments drawn into it."""
    from PIL import Image

    from aligner.show import show

    path, output = tmp_path / "policy.pdf", tmp_path / "page.png"
    path.write_bytes(words_pdf())
    show(path, options.Options(), page=1, output=output)
    with Image.open(io.BytesIO(output.read_bytes())) as picture:
        assert picture.size[0] > 800
        assert (0, 158, 115) in {colour for _, colour in picture.getcolors(1 << 20)}
