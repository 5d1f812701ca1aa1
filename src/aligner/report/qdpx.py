"""The analysis as a REFI-QDA project, which MAXQDA, NVivo, ATLAS.ti and QualCoder open.

The codes are the objectives and their actions, the source is the text of the policy, and each
accepted match is a coding of its passage (REFI-QDA 1.5, qdasoftware.org: positions count Unicode
characters from 0, the end is the first character that no longer belongs to it).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from aligner import explain
from aligner.report.output import Written, replace_file
from aligner.report.packing import packed, same_length, xml_text

if TYPE_CHECKING:
    from pathlib import Path

    from aligner.model import Action, Analysis, Match, Objective, Segment

    Place = tuple[int, int]

NAMESPACE = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
_CODEBOOK_SCHEMA = "http://schema.qdasoftware.org/versions/Codebook/v1.0/Codebook.xsd"
_SCHEMA = "http://schema.qdasoftware.org/versions/Project/v1.0/Project.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_TIME = "2020-01-01T00:00:00Z"
# A name is one line in a list of codes; the whole text stands in the description.
_LONGEST_NAME = 120
_FAMILY = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)


def write_qdpx(analysis: Analysis, path: Path) -> tuple[Written, ...]:
    """Where the project of the analysis stands, and beside it the codebook alone (NAME.qdc).

    Raises:
        OutputError: when one cannot be written; what stood there before is then untouched.
    """
    files = {path: qdpx_bytes(analysis), path.with_suffix(".qdc"): qdc_bytes(analysis)}
    return tuple(_write(place, data) for place, data in files.items())


def _write(path: Path, data: bytes) -> Written:
    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(path, write)


def qdc_bytes(analysis: Analysis) -> bytes:
    """The objectives and actions as a codebook, for a project that codes other policies."""
    root = ET.Element(
        "CodeBook",
        {
            "xmlns": CODEBOOK,
            "xmlns:xsi": _INSTANCE,
            "xsi:schemaLocation": f"{CODEBOOK} {_CODEBOOK_SCHEMA}",
            "origin": _name(f"aligner {analysis.version}"),
        },
    )
    _add_codes(root, analysis)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data


def qdpx_bytes(analysis: Analysis) -> bytes:
    """The project as the bytes of a .qdpx file."""
    text, places = source_text(analysis)
    root = _project(analysis, places)
    ET.indent(root)
    project = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    name = f"Sources/{_guid(analysis, 'source')}.txt"
    return packed([("project.qde", project), (name, text.encode("utf-8"))])


def source_text(analysis: Analysis) -> tuple[str, dict[str, Place]]:
    """The passages under their headings, and the (start, end) of each segment in that text."""
    parts: list[str] = []
    places: dict[str, Place] = {}
    at = 0
    above: tuple[tuple[str, ...], int] = ((), 0)
    for segment in analysis.segments:
        head = "" if (segment.section, segment.page) == above else _heading(segment)
        above = (segment.section, segment.page)
        body = same_length(segment.text)
        places[segment.id] = (at + len(head), at + len(head) + len(body))
        parts.append(f"{head}{body}\n\n")
        at += len(parts[-1])
    return "".join(parts), places


def _heading(segment: Segment) -> str:
    return same_length(f"[{' '.join(explain.place(segment).split())}]") + "\n\n"


def _project(analysis: Analysis, places: dict[str, Place]) -> ET.Element:
    """The elements in the order that the schema demands."""
    user = _guid(analysis, "user")
    project = ET.Element(
        "Project",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": _INSTANCE,
            "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMA}",
            "name": _name(f"{analysis.document.name}: {analysis.framework.title}"),
            "origin": _name(f"aligner {analysis.version}"),
            "creatingUserGUID": user,
            "creationDateTime": _TIME,
            "modifiedDateTime": _TIME,
        },
    )
    users = ET.SubElement(project, "Users")
    ET.SubElement(users, "User", guid=user, name="aligner")
    _add_codes(ET.SubElement(project, "CodeBook"), analysis)
    _add_source(ET.SubElement(project, "Sources"), analysis, places)
    _describe(
        project,
        "Proposed by aligner: check each coding before you cite it. A code without codings is an "
        "action for which no passage was found in the text that was read.",
    )
    return project


def _add_codes(book: ET.Element, analysis: Analysis) -> None:
    codes = ET.SubElement(book, "Codes")
    for objective in analysis.framework.objectives:
        _add_objective(codes, objective, analysis)


def _add_objective(codes: ET.Element, objective: Objective, analysis: Analysis) -> None:
    mark = " †" if objective.paraphrase else ""
    code = ET.SubElement(
        codes,
        "Code",
        guid=_guid(analysis, "objective", objective.id),
        name=_name(f"{objective.id}. {objective.title}{mark}"),
        isCodable="false",
    )
    _describe(code, objective.commitment or objective.title)
    for action in analysis.framework.actions:
        if action.objective == objective.id:
            _add_action(code, action, analysis)


def _add_action(parent: ET.Element, action: Action, analysis: Analysis) -> None:
    code = ET.SubElement(
        parent,
        "Code",
        guid=_guid(analysis, "action", action.id),
        name=_name(f"{action.id}{explain.paraphrase_mark(action)} {action.text}"),
        isCodable="true",
    )
    note = "\n† A paraphrase, not the official text." if action.paraphrase else ""
    _describe(code, action.text + note)


def _add_source(sources: ET.Element, analysis: Analysis, places: dict[str, Place]) -> None:
    guid, user = _guid(analysis, "source"), _guid(analysis, "user")
    source = ET.SubElement(
        sources,
        "TextSource",
        guid=guid,
        name=_name(analysis.document.title or analysis.document.name),
        plainTextPath=f"internal://{guid}.txt",
        creatingUser=user,
        creationDateTime=_TIME,
    )
    _describe(source, f"{analysis.document.name}, SHA-256 {analysis.document.sha256}")
    evidence: dict[str, list[Match]] = {}
    for match in analysis.matches:
        if match.accepted:
            evidence.setdefault(match.segment, []).append(match)
    for segment in analysis.segments:
        if segment.id in evidence:
            start, end = places[segment.id]
            selection = ET.SubElement(
                source,
                "PlainTextSelection",
                guid=_guid(analysis, "selection", segment.id),
                name=_name(segment.text),
                startPosition=str(start),
                endPosition=str(end),
                creatingUser=user,
                creationDateTime=_TIME,
            )
            _fill_selection(selection, segment, analysis, matches=evidence[segment.id])


def _fill_selection(
    selection: ET.Element, segment: Segment, analysis: Analysis, *, matches: list[Match]
) -> None:
    actions = {action.id: action for action in analysis.framework.actions}
    told = (
        f"{match.action}: {match.strength} evidence, likelihood "
        f"{explain.percent(match.confidence)}. "
        f"{explain.explain(match, segment, actions[match.action])}"
        for match in matches
    )
    _describe(selection, "\n".join([explain.place(segment), *told]))
    for match in matches:
        coding = ET.SubElement(
            selection,
            "Coding",
            guid=_guid(analysis, "coding", match.segment, match.action),
            creatingUser=_guid(analysis, "user"),
            creationDateTime=_TIME,
        )
        ET.SubElement(coding, "CodeRef", targetGUID=_guid(analysis, "action", match.action))


def _describe(element: ET.Element, text: str) -> None:
    ET.SubElement(element, "Description").text = xml_text(text)


def _name(text: str) -> str:
    line = " ".join(xml_text(text).split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def _guid(analysis: Analysis, kind: str, *parts: str) -> str:
    """The same GUID for the same thing: codes by the framework, the rest by the policy as well."""
    whose = [analysis.framework.id, kind, *parts]
    if kind not in ("objective", "action", "user"):
        whose.insert(0, analysis.document.sha256)
    plain = "\x1f".join(whose).encode("utf-8", "backslashreplace").decode("utf-8")
    return str(uuid.uuid5(_FAMILY, plain))
