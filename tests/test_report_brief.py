"""The Word brief: short, whole, in anybody's template, and the same every time."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aligner.errors import OptionsError
from aligner.model import Finding, ObjectiveFinding
from aligner.report.brief import brief_bytes, write_brief
from builders import build_analysis, build_match
from test_report_rows import HOSTILE, hostile


def text_of(data: bytes) -> str:
    """Headings marked, paragraphs and rows of tables in their order."""
    document = docx.Document(io.BytesIO(data))
    lines = []
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            lines += [" | ".join(cell.text for cell in row.cells) for row in part.rows]
        else:
            mark = "# " if part.style.name.startswith(("Heading", "Title")) else ""
            lines.append(mark + part.text)
    return "\n".join(lines) + "\n"


def test_brief_says_what_the_golden_text_says(golden):
    """Scope, picture, objectives with quotes and pages, gaps, next steps."""
    golden("report_brief.txt", text_of(brief_bytes(build_analysis())))


def test_same_analysis_gives_the_same_bytes():
    """No time of the clock: neither in the properties nor in the zip."""
    data = brief_bytes(build_analysis())
    assert data == brief_bytes(build_analysis())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2020, 1, 1, 0, 0, 0)}


def test_status_is_never_told_by_colour_alone():
    """Each cell of the heat map has the letter of the action and that of the status."""
    text = text_of(brief_bytes(build_analysis()))
    for cell in ("a C", "b P", "a G", "c C", "a N"):
        assert f"| {cell}" in text


def test_template_gives_its_styles_and_text(tmp_path):
    """The letterhead of the template stands first, and its styles are used."""
    template = docx.Document()
    template.add_paragraph("Ministry of Labour of Maravia")
    template.styles["Heading 1"].font.name = "Georgia"
    template.save(tmp_path / "ours.docx")
    data = brief_bytes(build_analysis(), template=tmp_path / "ours.docx")
    assert text_of(data).startswith("Ministry of Labour of Maravia\n")
    assert docx.Document(io.BytesIO(data)).styles["Heading 1"].font.name == "Georgia"


def test_template_without_styles_is_enough(tmp_path):
    """A template that lacks headings and bullets gives bold lines and plain bullets."""
    template = docx.Document()
    for name in ("Title", "Heading 1", "List Bullet"):
        template.styles[name].delete()
    template.save(tmp_path / "bare.docx")
    text = text_of(brief_bytes(build_analysis(), template=tmp_path / "bare.docx"))
    assert "\n• " in text
    assert "Next steps" in text


def broken_templates():
    whole = io.BytesIO()
    docx.Document().save(whole)
    sheet = io.BytesIO()
    with zipfile.ZipFile(sheet, "w") as archive:
        archive.writestr("x.xml", "<x/>")
    yield "empty", b""
    yield "text", b"This is no Word file."
    yield "cut", whole.getvalue()[: len(whole.getvalue()) // 2]
    yield "other zip", sheet.getvalue()
    dotx = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(dotx, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            kind = b"wordprocessingml.document.main"
            target.writestr(name, content.replace(kind, b"wordprocessingml.template.main"))
    yield "dotx", dotx.getvalue()
    torn = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(torn, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name)[: -40 if name == "word/document.xml" else None])
    yield "torn", torn.getvalue()


@pytest.mark.parametrize(
    ("name", "data"), list(broken_templates()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_broken_template_is_a_message_and_the_old_report_stays(tmp_path, name, data):
    """A template that cannot be used is named, and what stood there before is untouched."""
    (tmp_path / "old.docx").write_bytes(b"old")
    template = tmp_path / f"{name}.docx"
    template.write_bytes(data)
    with pytest.raises(OptionsError, match=name) as caught:
        write_brief(build_analysis(), tmp_path / "old.docx", template=template)
    assert "docx" in caught.value.hint
    assert (tmp_path / "old.docx").read_bytes() == b"old"


def test_missing_template_is_a_message(tmp_path):
    """The name of the template is in the message."""
    with pytest.raises(OptionsError, match=r"none\.docx"):
        brief_bytes(build_analysis(), template=tmp_path / "none.docx")
    with pytest.raises(OptionsError):
        brief_bytes(build_analysis(), template=tmp_path)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_stays_text_and_its_cut_is_seen(text):
    """No text breaks the file; what is too long for a quote ends with "…"."""
    told = text_of(brief_bytes(hostile(text)))
    assert "# Next steps" in told
    assert "“" in told
    if len(text) > 1000:
        assert "xxx …" in told
        assert len(told) < 10_000


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_gives_a_document(text):
    """Any characters at all give a document that Word's format allows."""
    assert "# Gaps" in text_of(brief_bytes(hostile(text)))


def test_brief_stays_brief():
    """23 objectives with long passages keep within six pages (LibreOffice makes five of them)."""
    analysis = build_analysis()
    long = " ".join(["Agencies shall not charge recruitment fees to workers."] * 40)
    segments = tuple(
        replace(analysis.segments[0], id=f"s{n:04d}", text=f"{n} {long}") for n in range(46)
    )
    frame = analysis.framework
    objectives = tuple(
        replace(frame.objectives[0], id=str(n), title="A title of the usual length " * 3)
        for n in range(23)
    )
    actions = tuple(
        replace(frame.actions[0], id=f"{n}.{letter}", objective=str(n))
        for n in range(23)
        for letter in "abcdefgh"
    )
    findings = tuple(
        Finding(
            one.id,
            "covered" if one.id.endswith(("a", "b")) else "gap",
            0.9,
            (build_match(segments[2 * int(one.objective) + (one.id[-1] == "b")], one.id),)
            if one.id.endswith(("a", "b"))
            else (),
        )
        for one in actions
    )
    parts = tuple(ObjectiveFinding(str(n), "partial", 0.9, 2, 0, 6) for n in range(23))
    whole = replace(
        analysis,
        segments=segments,
        framework=replace(frame, objectives=objectives, actions=actions),
        findings=findings,
        objectives=parts,
        matches=tuple(match for finding in findings for match in finding.matches),
    )
    assert 600 < len(text_of(brief_bytes(whole)).split()) < 3900
