"""Word, ODT, HTML, Markdown and text: the same policy, the same blocks; bad files end well."""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aligner.batch import find
from aligner.errors import (
    AlignerError,
    Broken,
    Encrypted,
    InputError,
    NoText,
    TooLarge,
    Unsupported,
)
from aligner.ingest import read
from aligner.ingest.content import read as read_data
from aligner.ingest.encoding import decoded
from aligner.ingest.numbering import Level, advance, formatted
from aligner.ingest.plain import read_markdown, read_plain
from aligner.segment import segments

if TYPE_CHECKING:
    from pathlib import Path

    from aligner.model import Block

pytest.importorskip("lxml")

Blocks = tuple["Block", ...]

POLICY = """# National Migration Policy of Arvonia

## 1. Fair recruitment

The Ministry of Labour licenses every recruitment agency.[^1] It shall:

- inspect agencies once a year; and
- publish the results.

Three steps follow:

1. A register of agencies.
2. A code of conduct.

## 2. Plan of action

| Goal | Activity | Responsible |
|---|---|---|
| Safe return | Sign an agreement on readmission with Belonia | Ministry of Foreign Affairs |
| Protection abroad | Post labour attachés to six embassies | Ministry of Labour |

**Review**

This policy is reviewed every three years.

[^1]: Recruitment Act, section 4.
"""

HTML = """<!DOCTYPE html><html><head><title>Site</title><style>p {color: red}</style></head><body>
<nav><ul><li><a href="/">Home</a><li><a href="/a">About</a></ul></nav>
<h1>National Migration Policy of Arvonia</h1><script>alert("no text")</script>
<h2>1. Fair recruitment</h2>
<p>The Ministry of Labour licenses every recruitment agency.<sup><a href="#fn1">1</a></sup>
It shall:<ul><li>inspect agencies once a year; and<li>publish the results.</ul>
<p>Three steps follow:<ol><li>A register of agencies.<li>A code of conduct.</ol>
<h2>2. Plan of action</h2>
<table><tr><th>Goal<th>Activity<th>Responsible
<tr><td>Safe return<td>Sign an agreement on readmission with Belonia
<td>Ministry of Foreign Affairs
<tr><td>Protection abroad<td>Post labour attachés to six embassies<td>Ministry of Labour</table>
<p><b>Review</b><p>This policy is reviewed every three years.
<p id="fn1">Recruitment Act, section 4. <a href="#r1">↩</a></p></body></html>"""

ROWS = (
    ("Goal", "Activity", "Responsible"),
    (
        "Safe return",
        "Sign an agreement on readmission with Belonia",
        "Ministry of Foreign Affairs",
    ),
    ("Protection abroad", "Post labour attachés to six embassies", "Ministry of Labour"),
)


# -- documents made here --------------------------------------------------------------------------


def word_document():
    return pytest.importorskip("docx").Document()


def saved(document) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def with_members(data: bytes, **members: bytes) -> bytes:
    """The zip file with members replaced or added; "__" in their names stands for "/"."""
    named = {key.replace("__", "/") + ".xml": value for key, value in members.items()}
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if info.filename not in named:
                new.writestr(info.filename, old.read(info))
        for name, value in named.items():
            new.writestr(name, value)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_body(xml: str, **members: bytes) -> bytes:
    """A Word document whose body is written by hand."""
    body = f"<w:document {W} xmlns:mc='urn:mc' xmlns:v='urn:v'><w:body>{xml}</w:body></w:document>"
    return with_members(saved(word_document()), word__document=body.encode(), **members)


def p(*runs: str, properties: str = "") -> str:
    """A paragraph of runs; a run in angle brackets is taken as XML."""
    inner = "".join(
        r if r.startswith("<") else f'<w:r><w:t xml:space="preserve">{r}</w:t></w:r>' for r in runs
    )
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def docx_policy() -> bytes:
    document = word_document()
    document.add_heading("National Migration Policy of Arvonia", 1)
    document.add_heading("1. Fair recruitment", 2)
    lead = document.add_paragraph("The Ministry of Labour licenses every recruitment agency.")
    reference = lead.add_run()._r.makeelement(
        qualified("footnoteReference"), {qualified("id"): "2"}
    )
    lead.runs[-1]._r.append(reference)
    lead.add_run(" It shall:")
    for text in ("inspect agencies once a year; and", "publish the results."):
        document.add_paragraph(text, "List Bullet")
    document.add_paragraph("Three steps follow:")
    for text in ("A register of agencies.", "A code of conduct."):
        document.add_paragraph(text, "List Number")
    document.add_heading("2. Plan of action", 2)
    table = document.add_table(3, 3)
    for row, texts in zip(table.rows, ROWS, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph().add_run("Review").bold = True
    document.add_paragraph("This policy is reviewed every three years.")
    document.sections[0].header.paragraphs[0].text = "RUNNING HEAD"
    note = f'<w:footnote w:id="2">{p("Recruitment Act, section 4.")}</w:footnote>'
    note = f"<w:footnotes {W}>{note}</w:footnotes>"
    return with_members(saved(document), word__footnotes=note.encode())


def qualified(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{name}"


ODF = " ".join(
    f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{value}:1.0"'
    for key, value in {
        "office": "office", "text": "text", "table": "table", "style": "style",
        "fo": "xsl-fo-compatible", "draw": "drawing",
    }.items()
)  # fmt: skip
ODT_STYLES = """<style:style style:name="B" style:family="text">
<style:text-properties fo:font-weight="bold"/>
</style:style><text:list-style style:name="Dots"><text:list-level-style-bullet text:level="1"
text:bullet-char="•"/></text:list-style><text:list-style style:name="Numbers">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>
</text:list-style>"""


def odt(body: str, styles: str = ODT_STYLES, manifest: str = "") -> bytes:
    """An ODT file written by hand."""
    content = (
        f"<office:document-content {ODF}>"
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        file.writestr("content.xml", content)
        file.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return out.getvalue()


def odt_list(style: str, *items: str) -> str:
    inner = "".join(f"<text:list-item><text:p>{item}</text:p></text:list-item>" for item in items)
    return f'<text:list text:style-name="{style}">{inner}</text:list>'


def odt_policy() -> bytes:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    cells = ["".join(cell.format(text) for text in row) for row in ROWS]
    rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    return odt(
        '<text:h text:outline-level="1">National Migration Policy of Arvonia</text:h>'
        '<text:h text:outline-level="2">1. Fair recruitment</text:h>'
        "<text:p>The Ministry of Labour licenses every recruitment agency."
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Recruitment Act, section 4.</text:p></text:note-body></text:note>"
        " It shall:</text:p>"
        + odt_list("Dots", "inspect agencies once a year; and", "publish the results.")
        + "<text:p>Three<text:s/>steps follow:</text:p>"
        + odt_list("Numbers", "A register of agencies.", "A code of conduct.")
        + '<text:h text:outline-level="2">2. Plan of action</text:h>'
        f'<table:table><table:table-column table:number-columns-repeated="3"/>{rows}</table:table>'
        '<text:p><text:span text:style-name="B">Review</text:span></text:p>'
        "<text:p>This policy is reviewed every three years.</text:p>"
    )


def shape(blocks: Blocks) -> list[tuple[str, ...]]:
    """What must be the same in every format; notes may stand at their mark or at the end."""
    told = [(b.kind, b.text, str(b.level), b.number, *b.context) for b in blocks]
    return [t for t in told if t[0] != "note"] + [t for t in told if t[0] == "note"]


def texts(data: bytes, name: str = "policy") -> list[str]:
    return [block.text for block in read_data(data, name=name)]


def dump(blocks: Blocks) -> str:
    lines = []
    for b in blocks:
        lines.append(f"{b.page} {b.kind} {b.level} [{b.number}] {b.text}")
        lines += [f"    context: {c}" for c in b.context] + [f"    {h} = {c}" for h, c in b.fields]
    return "\n".join(lines) + "\n"


# -- the same policy in every format --------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [docx_policy, odt_policy, HTML.encode], ids=["docx", "odt", "html"]
)
def test_same_policy_gives_the_same_blocks(make):
    """Kind, words, level, number and context do not depend on the format."""
    expected = shape(read_data(POLICY.encode(), name="policy.md"))
    assert shape(read_data(make(), name="policy")) == expected


def test_blocks_of_a_word_document_are_as_recorded(golden):
    """Every block of a Word document as it was read and checked by eye."""
    golden("formats_docx.txt", dump(read_data(docx_policy(), name="policy.docx")))


def test_read_gives_a_document_of_any_format(tmp_path: Path) -> None:
    """read() gives status, language, title, words and pages, whatever the file is called."""
    path = tmp_path / "policy.bin"
    path.write_bytes(docx_policy())
    document = read(path)
    assert (document.status, document.language, document.pages) == ("ok", "en", 1)
    assert document.title == "National Migration Policy of Arvonia"
    assert document.words > 50
    assert segments(document)[0].section == (document.title, "1. Fair recruitment")


def test_folder_finds_every_format(tmp_path: Path) -> None:
    """PDF, Word and ODT count; web pages and texts are mostly notes beside them."""
    for name in ("a.pdf", "b.DOCX", "c.odt", "d.html", "e.htm", "f.md", "g.txt", "h.png", "i.py"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name[0] for path in find([tmp_path])] == list("abc")


# -- Word -----------------------------------------------------------------------------------------


def test_tracked_changes_are_read_as_accepted():
    """Deletions are out, insertions in; a paragraph whose end was deleted goes on with the next."""
    data = word_body(
        p("We shall ", '<w:del w:id="1"><w:r><w:delText>not </w:delText></w:r></w:del>',
          '<w:ins w:id="2"><w:r><w:t>soon </w:t></w:r></w:ins>', "act and ",
          properties='<w:rPr><w:del w:id="3"/></w:rPr>')
        + p("report.")
        + p('<w:moveFrom w:id="4"><w:r><w:t>old place</w:t></w:r></w:moveFrom>', "Kept.")
    )  # fmt: skip
    assert texts(data) == ["We shall soon act and report.", "Kept."]


def test_numbers_that_word_computes_are_given():
    """Levels count, restart under a new parent, and show their parents' numbers."""
    numbering = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="7">
    <w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/>
    </w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>
    <w:lvlText w:val="%1.(%2)"/></w:lvl>
    </w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num></w:numbering>"""

    def item(text: str, depth: int) -> str:
        mark = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="1"/></w:numPr>'
        return p(text, properties=mark)

    body = item("one", 0) + item("two", 1) + item("three", 1) + item("four", 0) + item("five", 1)
    blocks = read_data(word_body(body, word__numbering=numbering.encode()), name="policy")
    assert [b.number for b in blocks] == ["3.", "3.(a)", "3.(b)", "4.", "4.(a)"]
    assert [b.level for b in blocks] == [1, 2, 2, 1, 2]
    assert {b.kind for b in blocks} == {"item"}


def test_page_breaks_give_page_numbers():
    """A break of the author counts; where Word left its own marks, only those do."""
    broken = p("One.") + p('<w:r><w:br w:type="page"/><w:t>Two.</w:t></w:r>')
    rendered = broken.replace("<w:t>Two", "<w:lastRenderedPageBreak/><w:t>Two")
    for body in (broken, rendered):
        assert [b.page for b in read_data(word_body(body), name="policy")] == [1, 2]


def test_text_box_is_read_once_and_contents_are_not():
    """A box that is written in two ways gives its words once; contents and fields are left out."""
    box = f"<w:txbxContent>{p('In a box.')}</w:txbxContent>"
    new = f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
    old = f"<mc:Fallback><w:pict><v:shape>{box}</v:shape></w:pict></mc:Fallback>"
    both = f"<w:r><mc:AlternateContent>{new}{old}</mc:AlternateContent></w:r>"
    field = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    contents = p("Contents") + p(
        field.format("begin"), "<w:r><w:instrText>TOC \\o</w:instrText></w:r>",
        field.format("separate"), "Introduction 3"
    ) + p("Goals 4", field.format("end"))  # fmt: skip
    assert texts(word_body(contents + p("Before.", both))) == ["Before.", "In a box."]


def test_merged_cells_are_context():
    """A goal over all columns and a cell that reaches down are context of the rows below."""
    document = word_document()
    table = document.add_table(5, 3)
    rows = [
        ("Area", "Measure", "By whom"),
        ("Goal 1: Safe journeys for all workers", "", ""),
        ("Border", "Train border guards in the rights of migrants", "Police"),
        ("", "Open two reception centres near the border", "Ministry"),
        ("Coast", "Keep the rescue service at sea all year", "Navy"),
    ]
    for row, own in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, own, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(1, 2))
    table.cell(2, 0).merge(table.cell(3, 0))
    blocks = read_data(saved(document), name="policy")
    goal = "Goal 1: Safe journeys for all workers"
    assert [b.context for b in blocks] == [
        (),
        (goal, "Area", "Measure", "By whom"),
        (goal, "Border", "Measure", "By whom"),
        (goal, "Area", "Measure", "By whom"),
    ]
    assert blocks[2].fields[0] == ("Measure", "Open two reception centres near the border")


def test_clause_in_a_heading_style_is_a_clause():
    """Whole sentences set in a heading style are judged, not taken for sections."""
    document = word_document()
    clause = (
        "4.2 The Ministry shall sign agreements on the portability of benefits by 2030 at last."
    )
    document.add_heading(clause, 2)
    (block,) = read_data(saved(document), name="policy")
    assert (block.kind, block.number) == ("item", "4.2")


# -- ODT, HTML, Markdown, text --------------------------------------------------------------------


def test_odt_lists_count_and_changes_are_accepted():
    """Inner lists count within outer ones; tracked deletions are not in the text."""
    data = odt(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>Goals 4</text:p></text:index-body>"
        '</text:table-of-content><text:list text:style-name="Numbers">'
        "<text:list-item><text:p>one</text:p>"
        "<text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
    )
    blocks = read_data(data, name="policy")
    assert [(b.number, b.text, b.level) for b in blocks] == [
        ("1.", "one", 1), ("a)", "inner", 2), ("2.", "two", 1)
    ]  # fmt: skip


def test_html_is_read_without_what_surrounds_it():
    """Menus, scripts, hidden parts, forms, deletions and the marks of notes are no text."""
    page = """<html><body><header>Site name</header><div role="navigation">Menu</div>
    <main><article><h1>Plan</h1><p>Workers<sup>3</sup> live on 5 km<sup>2</sup>.<br>More.</p>
    <p hidden>hidden</p><form><button>Send</button></form>
    <p>We <del>will</del><ins>shall</ins> act.</p>
    <div>Loose <span>words</span> here<p>and a paragraph</div></article></main>
    <footer>Contact</footer></body></html>"""
    assert texts(page.encode()) == [
        "Plan", "Workers live on 5 km2. More.", "We shall act.", "Loose words here",
        "and a paragraph",
    ]  # fmt: skip


def test_html_layout_table_is_read_as_text():
    """A table that only places a page's parts gives paragraphs and headings, not one row."""
    cell = "<h2>One</h2><p>First.</p><h2>Two</h2><p>Second.</p>"
    page = f"<body><table><tr><td>{cell}</td><td>x</td></table>"
    assert [b.kind for b in read_data(page.encode(), name="p")][:4] == [
        "heading", "paragraph", "heading", "paragraph"
    ]  # fmt: skip


def test_markdown_front_matter_is_left_out():
    """What stands between --- lines at the top is about the file."""
    assert texts(b"---\ntitle: x\n---\n\n# Head\n\nText\nover lines.\n") == [
        "Head",
        "Text over lines.",
    ]


def test_plain_text_gets_paragraphs_marks_and_headings():
    """Broken lines are joined, hyphens mended, marks and short numbered lines understood."""
    joined = "is supervised. Super-vision is new; supervised agencies report."
    text = (
        "MIGRATION POLICY OF ARVONIA\n\n1. Introduction\n\nThe recruitment of workers is super-\n"
        "vised. Super-vision is new; supervised\nagencies report.\n\n- first point\n  goes on\n"
        "- second\n\n2.1 The State shall act.\n\fArticle 5\nEveryone is free.\n"
    )
    blocks = read_plain(text.encode(), name="policy.txt")
    assert [(b.kind, b.number, b.text, b.page) for b in blocks] == [
        ("heading", "", "MIGRATION POLICY OF ARVONIA", 1),
        ("heading", "1.", "1. Introduction", 1),
        ("paragraph", "", f"The recruitment of workers {joined}", 1),
        ("item", "•", "first point goes on", 1),
        ("item", "•", "second", 1),
        ("item", "2.1", "The State shall act.", 1),
        ("heading", "", "Article 5", 2),
        ("paragraph", "", "Everyone is free.", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_of_any_usual_encoding_is_read(encoding):
    """Old Windows text and UTF-16 come out with their accents."""
    text = "La politique migratoire protège les travailleurs étrangers et leurs familles. " * 4
    assert decoded(text.encode(encoding), name="p") == text
    assert texts(text.encode(encoding)) == [text.strip()]


# -- what must not work ---------------------------------------------------------------------------


def refused(data: bytes, kind: type[AlignerError], name: str = "policy.docx") -> AlignerError:
    """The error that reading gives: of this kind, with the file's name and a hint."""
    with pytest.raises(kind) as caught:
        read_data(data, name=name)
    assert name in str(caught.value)
    assert caught.value.hint
    return caught.value


def zipped(**members: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, value in members.items():
            file.writestr(name.replace("__", "/") + ".xml", value)
    return out.getvalue()


def test_zip_bomb_is_refused_unopened():
    """A member that packs a thousand times is never unpacked."""
    refused(word_body(p("x" * 30_000_000)), TooLarge)


def test_entities_are_neither_expanded_nor_fetched():
    """Billion laughs and files named by entities are damage, not text."""
    for declared in (
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/hostname">',
    ):
        text = f"<!DOCTYPE d [{declared}]><w:document {W}><w:body>{p('&b;')}</w:body></w:document>"
        refused(with_members(saved(word_document()), word__document=text.encode()), Broken)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
def test_truncated_office_file_is_broken(share):
    """Half a download says so."""
    for data in (docx_policy(), odt_policy()):
        refused(data[: int(share * len(data))], Broken)


def test_runs_that_invite_backtracking_take_no_time():
    """Dots, stars, spaces, digits and hyphens by the thousand take no long time."""
    for part in (".", "* ", "**a ", " ", "1.", "a-\n", "[^", "_", "<sup>1</sup>", "#"):
        data = (part * 20_000 + "x\nWords.").encode()
        assert read_plain(data, name="p")
        read_markdown(data, name="p")


def test_missing_library_is_named_with_its_remedy(monkeypatch):
    """Without the extra the analyst reads what to install, and text can be read all the same."""
    data = docx_policy()
    monkeypatch.setitem(sys.modules, "lxml.etree", None)
    assert "aligner[formats]" in refused(data, Unsupported).hint
    assert read_plain(b"Plain words.", name="p")


def test_damaged_xml_is_broken():
    """A part that is no XML is damage."""
    refused(with_members(saved(word_document()), word__document=b"<w:document"), Broken)


def test_locked_office_files_are_encrypted():
    """Word's and LibreOffice's passwords are told from old formats."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    refused(ole + "EncryptedPackage".encode("utf-16-le"), Encrypted)
    refused(odt("<text:p>x</text:p>", manifest="<manifest:encryption-data/>"), Encrypted)
    assert "old Word" in str(refused(ole, Unsupported, "policy.doc"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped(**{"[Content_Types]": b"spreadsheetml", "xl__workbook": b"<a/>"}), "Excel"),
        (zipped(**{"[Content_Types]": b"presentationml"}), "PowerPoint"),
        (zipped(readme=b"words"), "zip"),
        (b"{\\rtf1 words}", "rich text"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (bytes(range(256)) * 40, "not a PDF"),
        (b"<?xml version='1.0'?><data>words</data>", "XML"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\nwords", "web archive"),
    ],
)  # fmt: skip
def test_other_kinds_are_refused_by_what_they_are(data, says):
    """Each kind of file that is not read is called by its kind, with what to do."""
    assert says in str(refused(data, Unsupported, "policy.x"))


def test_document_without_words_is_no_text():
    """An empty document is never a policy without coverage."""
    refused(saved(word_document()), NoText)
    refused(odt("<text:p/>"), NoText)
    refused(b"<html><body><script>words</script></body></html>", NoText)


def test_page_saved_as_pdf_is_refused():
    """The page of a failed download, or a note, is not analysed as the policy it should be."""
    refused(HTML.encode(), Unsupported, "policy.pdf")
    refused(b"Not found", Unsupported, "policy.PDF")


def test_deep_nesting_ends_well():
    """Deeper than any parser goes: words or an error, never a crash, never half a text."""
    refused(b"<html><body>" + b"<div>" * 50_000 + b"words" + b"</div>" * 50_000, TooLarge)
    assert texts(b"<html>" + b"<div>" * 1_500 + b"words")[0] == "words"
    tables = b"<html>" + b"<table><tr><td>a<td>b" * 300
    assert texts(tables)
    refused(
        word_body("<w:sdt><w:sdtContent>" * 3_000 + "</w:sdtContent></w:sdt>" * 3_000), InputError
    )


def test_spans_that_lie_cost_nothing():
    """A cell over a million columns and rows is cut to what is there."""
    page = "<html><table><tr><td colspan=1000000 rowspan=1000000>a<td>b<tr><td>c<td>d</table>"
    assert texts(page.encode())


def test_unpacking_beyond_the_memory_limit_ends_the_child(tmp_path: Path) -> None:
    """A file that passes the checks and still needs gigabytes ends its process, not the machine."""
    path = tmp_path / "huge.docx"
    path.write_bytes(word_body("".join(f"<w:p/>{n}" for n in range(4_000_000))))
    with pytest.raises(TooLarge):
        read(path)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_ends_in_blocks_or_an_error(text):
    """No text makes a traceback in any of the readers of text."""
    for reader in (read_plain, read_markdown):
        try:
            assert all(block.text for block in reader(text.encode("utf-8", "replace"), name="p"))
        except AlignerError:
            continue


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3_000))
def test_any_damage_ends_in_blocks_or_an_error(noise, at):
    """Overwriting a part of any file never gives anything but blocks or an AlignerError."""
    for data in (ODT_BYTES, HTML.encode()):
        try:
            read_data(data[:at] + noise + data[at + len(noise) :], name="p")
        except AlignerError:
            continue


ODT_BYTES = odt_policy()


def test_numbers_are_shown_in_their_style():
    """Letters go on as aa, bb; Roman numbers subtract."""
    assert [formatted(n, "a") for n in (1, 26, 27, 28)] == ["a", "z", "aa", "bb"]
    assert [formatted(n, "I") for n in (4, 9, 49, 2026)] == ["IV", "IX", "XLIX", "MMXXVI"]
    levels = {0: Level("1", "%1."), 1: Level("1", "%1.%2")}
    counts: list[int | None] = []
    assert [advance(counts, at, levels) for at in (1, 1, 0, 1)] == ["1.1", "1.2", "1.", "1.1"]
