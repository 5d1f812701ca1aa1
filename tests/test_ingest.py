"""Reading a file: every input ends in a Document or in one error that names file and remedy."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from aligner.errors import (
    AlignerError,
    Broken,
    Encrypted,
    InputError,
    Missing,
    NoText,
    TooLarge,
    Unsupported,
)
from aligner.ingest import begin, display_name, read

SHARED = Path(__file__).parents[2] / "shared" / "documents"


def pdf_bytes(pages: int = 1, *, content: bytes = b"", extra: bytes = b"") -> bytes:
    """A PDF written by hand: `pages` pages that all show `content`, with raw objects in `extra`."""
    kids = b" ".join(b"%d 0 R" % (10 + i) for i in range(pages))
    objects = [
        b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
        b"2 0 obj <</Type/Pages/Count %d/Kids[%s]>> endobj" % (pages, kids),
        b"3 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj",
        extra or b"4 0 obj <</Length %d>> stream\n%s\nendstream endobj" % (len(content), content),
    ]
    page = (
        b"%d 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F 3 0 R>>>>>> endobj"
    )
    objects += [page % (10 + i) for i in range(pages)]
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """Objects with the table of their places, as the standard asks."""
    body, places = b"%PDF-1.4\n", {}
    for item in objects:
        places[int(item.split(b" ", 1)[0])] = len(body)
        body += item + b"\n"
    table = b"xref\n0 1\n0000000000 65535 f \n" + b"".join(
        b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items())
    )
    end = b"trailer <</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + end % (max(places) + 1, len(body))


def words_pdf(text: str = "The ministry shall protect migrant workers.") -> bytes:
    return pdf_bytes(content=b"BT /F 12 Tf 72 720 Td (%s) Tj ET" % text.encode("latin-1"))


def refused(path: Path, kind: type[InputError], **options: str) -> InputError:
    """The error that reading gives; it must be of `kind`, name the file and say what to do."""
    with pytest.raises(kind) as caught:
        read(path, **options)
    assert display_name(path) in str(caught.value)
    assert caught.value.hint
    return caught.value


def outcome(path: Path) -> bool:
    """Whether reading ends well: in words, or in an error that names the file and has a hint."""
    try:
        return read(path).words > 0
    except AlignerError as error:
        return path.name in str(error) and bool(error.hint)


def test_read_gives_words_page_and_digest(tmp_path: Path) -> None:
    """The simplest PDF gives its words, its page and the digest of the file."""
    path = tmp_path / "policy.pdf"
    path.write_bytes(words_pdf())
    document = read(path)
    assert [b.text for b in document.blocks] == ["The ministry shall protect migrant workers."]
    assert (document.name, document.pages, document.status) == ("policy.pdf", 1, "ok")
    assert len(document.sha256) == 64


def test_read_chooses_by_content_not_by_name(tmp_path: Path) -> None:
    """A PDF is read whatever its name is."""
    path = tmp_path / "policy.DOC"
    path.write_bytes(b"\n\n" + words_pdf())
    assert read(path).words == 6


def test_missing_file_is_missing(tmp_path: Path) -> None:
    """A wrong name is told as such."""
    refused(tmp_path / "nowhere.pdf", Missing)


def test_dangling_link_is_missing(tmp_path: Path) -> None:
    """A link whose target is gone is told from a missing file."""
    path = tmp_path / "link.pdf"
    path.symlink_to(tmp_path / "gone.pdf")
    assert "link" in str(refused(path, Missing))


def test_link_loop_is_refused(tmp_path: Path) -> None:
    """A link to itself ends in an error, not in a loop."""
    path = tmp_path / "loop.pdf"
    path.symlink_to(path)
    refused(path, InputError)


def test_folder_is_refused(tmp_path: Path) -> None:
    """A folder called policy.pdf is not opened."""
    path = tmp_path / "folder.pdf"
    path.mkdir()
    assert "folder" in str(refused(path, Unsupported))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipe_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe would be waited for without end: it is refused before it is opened."""
    path = tmp_path / "pipe.pdf"
    os.mkfifo(path)
    refused(path, Unsupported)


def test_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket in the folder does no harm."""
    monkeypatch.chdir(tmp_path)  # socket names are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.pdf")
        refused(tmp_path / "socket.pdf", Unsupported)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_unreadable_file_is_told(tmp_path: Path) -> None:
    """A file without permission is named, with whom to ask."""
    path = tmp_path / "secret.pdf"
    path.write_bytes(words_pdf())
    path.chmod(0)
    refused(path, Broken)


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode here")
def test_name_that_is_not_utf8_is_read(tmp_path: Path) -> None:
    """A name from another code page is shown with escapes and read."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.pdf"))
    path.write_bytes(words_pdf())
    assert read(path).name == "caf\\xe9.pdf"


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"", Broken, "empty"),
        (b"\n \0", Broken, "empty"),
        (b"<!DOCTYPE html><html>Not found", Unsupported, "web page"),
        (b"\xef\xbb\xbf<HTML>", Unsupported, "web page"),
        (b"PK\x03\x04 word", Broken, "Word"),
        (b"\x89PNG\r\n", Unsupported, "picture"),
        (b"Dear colleagues", Unsupported, "not a PDF"),
        (b"%PDF-1.7\nnothing more", Broken, "damaged"),
    ],
)
def test_other_content_is_refused_with_its_kind(
    tmp_path: Path, content: bytes, kind: type[InputError], says: str
) -> None:
    """What is called .pdf and is something else is told by what it is."""
    path = tmp_path / "policy.pdf"
    path.write_bytes(content)
    assert says in str(refused(path, kind))


def test_no_pages_is_no_text(tmp_path: Path) -> None:
    """A PDF of zero pages is never a policy with zero coverage."""
    path = tmp_path / "none.pdf"
    path.write_bytes(pdf_bytes(0))
    refused(path, NoText)


def test_blank_page_is_no_text(tmp_path: Path) -> None:
    """Blank pages are told from scans."""
    path = tmp_path / "blank.pdf"
    path.write_bytes(pdf_bytes(2))
    assert "no text" in str(refused(path, NoText))


def test_too_many_pages_is_too_large(tmp_path: Path) -> None:
    """The cap of 5,000 pages is stated."""
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf_bytes(5_001))
    assert "5,000" in str(refused(path, TooLarge))


def test_decompression_bomb_ends_in_an_error(tmp_path: Path) -> None:
    """A small file that unpacks to gigabytes ends the child, not the machine."""
    pack = zlib.compressobj(9)
    chunk = b" " * (1 << 20)
    once = b"".join(pack.compress(chunk) for _ in range(1_500)) + pack.flush()
    twice = zlib.compress(once, 9)
    stream = b"4 0 obj <</Length %d/Filter[/FlateDecode/FlateDecode]>> stream\n%s\nendstream endobj"
    path = tmp_path / "bomb.pdf"
    path.write_bytes(pdf_bytes(extra=stream % (len(twice), twice)))
    refused(path, InputError)


def test_begin_can_be_cancelled(tmp_path: Path) -> None:
    """Reading that nobody waits for leaves no process behind."""
    path = tmp_path / "policy.pdf"
    path.write_bytes(words_pdf())
    reading = begin(path)
    reading.cancel()
    assert reading.process.returncode is not None


def encrypted(path: Path, *, user: str, owner: str) -> None:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    from reportlab.lib.pdfencrypt import StandardEncryption

    page = canvas.Canvas(str(path), encrypt=StandardEncryption(user, ownerPassword=owner))
    page.drawString(72, 700, "The ministry shall protect migrant workers.")
    page.save()


def test_password_is_asked_for_and_used(tmp_path: Path) -> None:
    """A protected file is told as such; with its password it is read."""
    path = tmp_path / "locked.pdf"
    encrypted(path, user="open", owner="own")
    refused(path, Encrypted)
    refused(path, Encrypted, password="wrong")  # noqa: S106 - made for this test
    assert read(path, password="open").words == 6  # noqa: S106 - the same


def test_password_may_stand_in_the_environment(tmp_path: Path) -> None:
    """Who does not want it in the list of processes puts it into a variable."""
    path, picture = tmp_path / "locked.pdf", tmp_path / "page.png"
    encrypted(path, user="open", owner="own")
    command = [sys.executable, "-m", "aligner", "show", str(path), "--page", "1"]
    environment = {**os.environ, "ALIGNER_PASSWORD": "open"}
    subprocess.run([*command, "-o", str(picture)], check=True, env=environment, capture_output=True)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_labels_of_a_protected_policy_can_be_scored(tmp_path: Path) -> None:
    """`evaluate` opens what `analyze` opens."""
    path, labels = tmp_path / "locked.pdf", tmp_path / "labels.json"
    encrypted(path, user="open", owner="own")
    label = [{"action": "7.b", "strength": "full"}]
    text = "The ministry shall protect migrant workers."
    block = {"id": "a", "kind": "paragraph", "text": text, "labels": label}
    labels.write_text(json.dumps({"id": "p", "blocks": [block]}), encoding="utf-8")
    command = [sys.executable, "-m", "aligner", "evaluate", str(labels), str(path), "--json"]
    done = subprocess.run([*command, "--password", "open"], check=True, capture_output=True)
    assert json.loads(done.stdout)


def test_owner_password_alone_opens(tmp_path: Path) -> None:
    """A file that only forbids printing or copying can be read."""
    path = tmp_path / "owned.pdf"
    encrypted(path, user="", owner="own")
    assert read(path).words == 6


def scanned(path: Path, *, pages: str) -> None:
    """A PDF with a page of text for each "t" and a picture of a page for each "s"."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    image = pytest.importorskip("PIL.Image")
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(image.new("L", (60, 80), 200))
    sheet = canvas.Canvas(str(path))
    for number, kind in enumerate(pages, start=1):
        if kind == "t":
            sheet.drawString(72, 700, f"Clause {number} obliges the ministry to protect workers.")
        else:
            sheet.drawImage(picture, 0, 0, 595, 842)
        sheet.showPage()
    sheet.save()


def test_scan_is_no_text(tmp_path: Path) -> None:
    """Pictures of pages get the hint to run text recognition."""
    path = tmp_path / "scan.pdf"
    scanned(path, pages="ss")
    assert "OCR" in refused(path, NoText).hint


def test_partly_scanned_document_lists_its_pages(tmp_path: Path) -> None:
    """The pages that could not be read are known, noted, and make the status partial."""
    path = tmp_path / "mixed.pdf"
    scanned(path, pages="tst")
    document = read(path)
    assert (document.status, document.unread_pages) == ("partial", (2,))
    assert [(n.code, n.page) for n in document.notes] == [("page_unread", 2)]


def test_picture_on_the_cover_of_a_long_document_is_only_noted(tmp_path: Path) -> None:
    """A cover photograph does not make a policy half unread."""
    path = tmp_path / "cover.pdf"
    scanned(path, pages="s" + "t" * 9)
    document = read(path)
    assert (document.status, document.unread_pages) == ("ok", ())
    assert [n.page for n in document.notes] == [1]


def test_truncated_file_ends_in_document_or_error(tmp_path: Path) -> None:
    """Half a download is read as far as it goes or refused."""
    whole = words_pdf()
    path = tmp_path / "half.pdf"
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        assert outcome(path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of real documents is not here")
@pytest.mark.parametrize("folder", ["hostile", "layouts"])
def test_collected_documents_end_in_document_or_error(folder: str) -> None:
    """Damaged and odd files of other projects' tests never end in a traceback."""
    for path in sorted((SHARED / folder).glob("*.pdf")):
        assert outcome(path)
