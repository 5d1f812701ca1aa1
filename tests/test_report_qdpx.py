"""The REFI-QDA project: built as the published schema demands, so that other programs open it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aligner.report.qdpx import CODEBOOK, NAMESPACE, qdc_bytes, qdpx_bytes, write_qdpx
from builders import build_analysis, build_segment
from test_report_rows import HOSTILE, hostile

# The schema takes hexadecimal digits of either case, in braces or without; ours are of one form.
GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
# Element: (attributes it must have, further ones, children in their order with the most of each).
MANY = 10**6
CREATED = {"creatingUser", "creationDateTime", "modifyingUser", "modifiedDateTime"}
SCHEMA: dict[str, tuple[set[str], set[str], list[tuple[str, int]]]] = {
    "Project": (
        {"name"},
        {"origin", "creatingUserGUID", "creationDateTime", "modifiedDateTime", "basePath"},
        [
            (name, 1)
            for name in (
                *("Users", "CodeBook", "Variables", "Cases", "Sources", "Notes", "Links"),
                *("Sets", "Graphs", "Description"),
            )
        ],
    ),
    "Users": (set(), set(), [("User", MANY)]),
    "User": ({"guid"}, {"name", "id"}, []),
    "CodeBook": (set(), {"origin"}, [("Codes", 1), ("Sets", 1)]),
    "Codes": (set(), set(), [("Code", MANY)]),
    "Code": (
        {"guid", "name", "isCodable"},
        {"color"},
        [("Description", 1), ("NoteRef", MANY), ("Code", MANY)],
    ),
    "Sources": (set(), set(), [("TextSource", MANY)]),
    "TextSource": (
        {"guid"},
        {"name", "richTextPath", "plainTextPath"} | CREATED,
        [
            *(("Description", 1), ("PlainTextContent", 1), ("PlainTextSelection", MANY)),
            *(("Coding", MANY), ("NoteRef", MANY), ("VariableValue", MANY)),
        ],
    ),
    "PlainTextSelection": (
        {"guid", "startPosition", "endPosition"},
        {"name"} | CREATED,
        [("Description", 1), ("Coding", MANY), ("NoteRef", MANY)],
    ),
    "Coding": ({"guid"}, CREATED, [("CodeRef", 1), ("NoteRef", MANY)]),
    "CodeRef": ({"targetGUID"}, set(), []),
    "Description": (set(), set(), []),
}


def opened(data: bytes) -> tuple[ET.Element, dict[str, str]]:
    """The project and its texts by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "project.qde"
        texts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()[1:]}
        return ET.fromstring(archive.read("project.qde")), texts  # noqa: S314 - our own


def tag(element: ET.Element) -> str:
    space, _, name = element.tag[1:].partition("}")
    assert space in (NAMESPACE, CODEBOOK)
    return name


def validate(element: ET.Element) -> None:
    """Names, attributes, order and number of what stands below, all the way down."""
    needed, allowed, below = SCHEMA[tag(element)]
    given = {name for name in element.attrib if not name.startswith("{")}
    assert needed <= given <= needed | allowed, (tag(element), given)
    order = [name for name, _ in below]
    places = [order.index(tag(child)) for child in element]
    assert places == sorted(places), tag(element)
    for name, most in below:
        assert sum(tag(child) == name for child in element) <= most
    for child in element:
        validate(child)


def validate_links(project: ET.Element, texts: dict[str, str]) -> None:
    """GUIDs are well formed and used once, and what refers to something finds it."""
    guids = [one.get("guid") for one in project.iter() if one.get("guid")]
    assert all(GUID.fullmatch(guid) for guid in guids)
    assert len(set(guids)) == len(guids)
    named = [one.get(name) for one in project.iter() for name in one.attrib if "User" in name]
    assert all(GUID.fullmatch(guid) for guid in named)
    times = [one.get(name) for one in project.iter() for name in one.attrib if "Time" in name]
    assert times
    assert all(TIME.fullmatch(time) for time in times)
    codes = {one.get("guid"): one for one in project.iter(f"{{{NAMESPACE}}}Code")}
    for reference in project.iter(f"{{{NAMESPACE}}}CodeRef"):
        assert codes[reference.get("targetGUID")].get("isCodable") == "true"
    users = {one.get("guid") for one in project.iter(f"{{{NAMESPACE}}}User")}
    for one in project.iter():
        assert one.get("creatingUser") in users | {None}
    for source in project.iter(f"{{{NAMESPACE}}}TextSource"):
        text = texts["Sources/" + source.get("plainTextPath").removeprefix("internal://")]
        for part in source.iter(f"{{{NAMESPACE}}}PlainTextSelection"):
            assert 0 <= int(part.get("startPosition")) <= int(part.get("endPosition")) <= len(text)


def checked(analysis) -> tuple[ET.Element, str]:
    project, texts = opened(qdpx_bytes(analysis))
    validate(project)
    validate_links(project, texts)
    (text,) = texts.values()
    return project, text


def test_project_is_built_as_the_schema_demands(tmp_path):
    """Elements, attributes, order and references are those of REFI-QDA 1.5."""
    write_qdpx(build_analysis(), tmp_path / "a.qdpx")
    project, texts = opened((tmp_path / "a.qdpx").read_bytes())
    validate(project)
    validate_links(project, texts)


def test_codes_are_objectives_with_their_actions():
    """The tree of codes is the framework; a paraphrase is marked."""
    project, _ = checked(build_analysis())
    codes = project.find(f"{{{NAMESPACE}}}CodeBook/{{{NAMESPACE}}}Codes")
    tree = {
        one.get("name").split(".")[0]: [
            c.get("name").split(" ")[0] for c in one.findall(f"{{{NAMESPACE}}}Code")
        ]
        for one in codes
    }
    assert tree == {"5": ["5.a", "5.b"], "6": ["6.a", "6.c"], "20": ["20.a"]}
    assert any("†" in one.get("name") for one in project.iter(f"{{{NAMESPACE}}}Code"))


def test_codings_are_the_accepted_evidence_at_its_place():
    """Each coding marks exactly the passage, and rejected matches are not codings."""
    analysis = build_analysis()
    project, text = checked(analysis)
    names = {
        one.get("guid"): one.get("name").split(" ")[0]
        for one in project.iter(f"{{{NAMESPACE}}}Code")
    }
    found = {
        (text[int(part.get("startPosition")) : int(part.get("endPosition"))], names[ref])
        for part in project.iter(f"{{{NAMESPACE}}}PlainTextSelection")
        for ref in (r.get("targetGUID") for r in part.iter(f"{{{NAMESPACE}}}CodeRef"))
    }
    passages = {segment.id: segment.text for segment in analysis.segments}
    assert found == {(passages[m.segment], m.action) for m in analysis.matches if m.accepted}


def test_same_analysis_gives_the_same_bytes():
    """GUIDs, times and order are functions of the analysis."""
    assert qdpx_bytes(build_analysis()) == qdpx_bytes(build_analysis())


def test_codes_keep_their_guids_from_policy_to_policy():
    """Projects of several policies merge into one tree of codes."""
    other = replace(build_analysis(), document=replace(build_analysis().document, sha256="ef" * 32))
    sets = []
    for analysis in (build_analysis(), other):
        project, _ = checked(analysis)
        kinds = ("Code", "TextSource")
        sets.append([{e.get("guid") for e in project.iter(f"{{{NAMESPACE}}}{k}")} for k in kinds])
    assert sets[0][0] == sets[1][0]
    assert not sets[0][1] & sets[1][1]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_coded_in_full(text):
    """No text breaks the XML or moves an offset, and nothing is cut."""
    project, whole = checked(hostile(text))
    part = next(project.iter(f"{{{NAMESPACE}}}PlainTextSelection"))
    assert int(part.get("endPosition")) - int(part.get("startPosition")) == len(text)
    assert len(whole) > len(text)


@given(st.lists(st.text(st.characters(), min_size=1, max_size=40), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_texts_keep_their_places(texts):
    """Whatever the passages hold, each one's place in the source is as long as it is."""
    analysis = build_analysis()
    segments = [build_segment(n, text, section=(text,)) for n, text in enumerate(texts, 1)]
    matches = tuple(m for m in analysis.matches if m.segment in {s.id for s in segments})
    matches = tuple(replace(m, signals=()) for m in matches)
    project, _ = checked(replace(analysis, segments=tuple(segments), matches=matches))
    for part in project.iter(f"{{{NAMESPACE}}}PlainTextSelection"):
        length = int(part.get("endPosition")) - int(part.get("startPosition"))
        assert length in {len(text) for text in texts}


def test_codebook_alone_has_the_codes_of_the_project(tmp_path):
    """NAME.qdc brings the objectives and actions into a project of one's own, with their GUIDs."""
    written = write_qdpx(build_analysis(), tmp_path / "p.qdpx")
    assert [one.path.name for one in written] == ["p.qdpx", "p.qdc"]
    book = ET.fromstring((tmp_path / "p.qdc").read_bytes())  # noqa: S314 - our own
    assert book.tag == f"{{{CODEBOOK}}}CodeBook"
    validate(book)
    project, _ = checked(build_analysis())
    of_project = [dict(one.attrib) for one in project.iter(f"{{{NAMESPACE}}}Code")]
    assert [dict(one.attrib) for one in book.iter(f"{{{CODEBOOK}}}Code")] == of_project
    assert qdc_bytes(build_analysis()) == (tmp_path / "p.qdc").read_bytes()
