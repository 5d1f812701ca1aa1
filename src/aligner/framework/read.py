"""Read a list of objectives and actions from Markdown, JSON, CSV or Excel into one Listing.

A Listing keeps the line (or row) of everything, so that faults can be shown where they stand. It
says what the file says, faults included: check.py judges it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aligner.framework.source import Source, failure, json_of, object_lines, text_of
from aligner.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

# The longest action of the Compact has 841 characters; the largest framework of the UN system has
# some hundred actions.
MAX_TEXT = 10_000
MAX_ACTIONS = 5_000
_ID = re.compile(r"[^\W_][\w-]{0,23}")
_OBJECTIVE = re.compile(r"#\s*Objective\s+([^\s:.]+)\s*[:.]?\s*(.*)", re.IGNORECASE)
_FIELD = re.compile(r"##\s*(Title|Commitment)\s*:\s*(.*)", re.IGNORECASE)
_ACTIONS = re.compile(r"##\s*(Associated\s+)?actions\s*:?", re.IGNORECASE)
_ACTION = re.compile(r"[-*•]\s*\(?(\w{1,8}(?:\.\w{1,8})?)[.)](?:\s+(.*))?")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HINT = (
    "A list has headings '# Objective 1', '## Title: …' and lines '- a. …'; or it is JSON "
    '{"objectives": [{"id", "title", "actions": [{"id", "text"}]}]}; '
    "or a table with the columns objective, title, id, text."
)


@dataclass(frozen=True, slots=True)
class ListedObjective:
    """An objective as the file has it, with its line."""

    id: str
    title: str
    commitment: str
    line: int


@dataclass(frozen=True, slots=True)
class ListedAction:
    """An action as the file has it, with its line; `paraphrase` is set by corrections only."""

    id: str
    objective: str
    text: str
    line: int
    paraphrase: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file lists, in its order, and what the reader stumbled over."""

    source: Source
    id: str
    title: str
    version: str
    objectives: tuple[ListedObjective, ...]
    actions: tuple[ListedAction, ...]
    faults: tuple[Fault, ...] = ()


def read(source: Source) -> Listing:
    """The listing in a file, by the ending of its name; FrameworkError when there is none."""
    suffix = source.path.suffix.lower()
    if suffix in {".md", ".markdown", ".txt"}:
        listing = _read_markdown(source)
    elif suffix == ".json":
        listing = _read_json(source)
    elif suffix in {".csv", ".tsv", ".xlsx", ".xlsm"}:
        from aligner.framework.tables import read_table

        listing = read_table(source)
    else:
        hint = "Save the list as .xlsx, .csv, .json or .md."
        raise failure(source, f"a list cannot be read from a '{suffix}' file.", hint)
    return _bounded(listing)


def clean(text: str) -> str:
    """The text on one line, without characters that no report can hold."""
    return " ".join(_UNWANTED.sub("", text).split())


def objective_id(source: Source, value: str, *, line: int) -> str:
    """An id such as "5" from "5", "5.0" or "Objective 5"; FrameworkError when it cannot be one."""
    found = re.sub(r"^objective\s+|\.0$|[.:]$", "", clean(value), flags=re.IGNORECASE)
    if not _ID.fullmatch(found):
        message = f"'{found[:40]}' cannot be the id of an objective."
        raise failure(source, message, "Use a number or a short word.", line=line)
    return found


def action_id(source: Source, value: str, *, objective: str, line: int) -> str:
    """An id such as "5.b" from "b", "(b)", "5b" or "5.b"; FrameworkError when it cannot be one."""
    own = clean(value).strip("().: ")
    glued = objective.isdecimal() and own.removeprefix(objective).isalpha()  # "5b"
    own = own.removeprefix(f"{objective}.") if not glued else own.removeprefix(objective)
    own = own.lower() if len(own) == 1 else own
    if not _ID.fullmatch(own):
        message = f"'{own[:40]}' cannot be the id of an action of objective {objective}."
        raise failure(source, message, f"Use 'b' or '{objective}.b'.", line=line)
    return f"{objective}.{own}"


def _bounded(listing: Listing) -> Listing:
    """The listing, if it has actions and is of a size that people write."""
    if not listing.actions:
        raise failure(listing.source, "no actions were found in this file.", _HINT)
    if len(listing.actions) > MAX_ACTIONS:
        raise failure(listing.source, f"the file lists more than {MAX_ACTIONS:,} actions.", _HINT)
    sizes = [(len(entry.text), entry.id, entry.line) for entry in listing.actions]
    sizes += [(len(top.title + top.commitment), top.id, top.line) for top in listing.objectives]
    for size, name, line in sizes:
        if size > MAX_TEXT:
            message = f"'{name}' is longer than {MAX_TEXT:,} characters."
            raise failure(listing.source, message, _HINT, line=line)
    return listing


def _read_markdown(source: Source) -> Listing:
    objectives: list[ListedObjective] = []
    actions: list[ListedAction] = []
    faults: list[Fault] = []
    for line, text in _joined(text_of(source)):
        if found := _OBJECTIVE.fullmatch(text):
            number = objective_id(source, found[1], line=line)
            objectives.append(ListedObjective(number, clean(found[2]), "", line))
        elif not objectives:
            continue  # an introduction
        elif found := _FIELD.fullmatch(text):
            value = clean(found[2])
            last = objectives[-1]
            title = found[1].lower() == "title"
            objectives[-1] = (
                replace(last, title=value) if title else replace(last, commitment=value)
            )
        elif found := _ACTION.fullmatch(text):
            parent = objectives[-1].id
            number = action_id(source, found[1], objective=parent, line=line)
            actions.append(ListedAction(number, parent, clean(found[2] or ""), line))
        elif not _ACTIONS.fullmatch(text):
            message = f"this line is neither a heading nor an action and was left out: {text[:60]}"
            faults.append(Fault("stray_line", message, source.label, line))
    name = source.path.stem
    return Listing(source, name, name, "", tuple(objectives), tuple(actions), tuple(faults))


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each heading, item or paragraph, its broken lines joined."""
    start, parts = 0, [""]
    for line, raw in enumerate(text.split("\n"), start=1):
        new = raw.strip()
        goes_on = new and parts[0] and not parts[0].startswith("#") and new[0] not in "#-*•"
        if goes_on:
            parts.append(new)
            continue
        if parts[0]:
            yield start, " ".join(parts)
        start, parts = line, [new]
    if parts[0]:
        yield start, " ".join(parts)


def _read_json(source: Source) -> Listing:
    data = json_of(source)
    lines = object_lines(source, data)
    top = _table(source, data, line=1)
    head = {key: _string(source, top, key, line=1) for key in ("framework", "title", "version")}
    faults = _unknown_keys(source, top, {*head, "objectives"}, line=1)
    objectives: list[ListedObjective] = []
    actions: list[ListedAction] = []
    for entry in _tables(source, top, "objectives", line=1):
        line = lines[id(entry)]
        objective = _json_objective(source, entry, line=line)
        objectives.append(objective)
        faults += _unknown_keys(source, entry, {"id", "title", "commitment", "actions"}, line=line)
        for child in _tables(source, entry, "actions", line=line):
            place = lines[id(child)]
            actions.append(_json_action(source, child, objective=objective.id, line=place))
            faults += _unknown_keys(source, child, {"id", "text"}, line=place)
    name = head["framework"] or source.path.stem
    return Listing(
        source,
        name,
        head["title"] or name,
        head["version"],
        tuple(objectives),
        tuple(actions),
        tuple(faults),
    )


def _json_objective(source: Source, entry: dict[str, Any], *, line: int) -> ListedObjective:
    number = objective_id(source, _string(source, entry, "id", line=line), line=line)
    title = _string(source, entry, "title", line=line)
    return ListedObjective(number, title, _string(source, entry, "commitment", line=line), line)


def _json_action(
    source: Source, entry: dict[str, Any], *, objective: str, line: int
) -> ListedAction:
    own = _string(source, entry, "id", line=line)
    number = action_id(source, own, objective=objective, line=line)
    return ListedAction(number, objective, _string(source, entry, "text", line=line), line)


def _table(source: Source, value: object, *, line: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise failure(source, "an object in braces was expected here.", _HINT, line=line)
    return value


def _tables(
    source: Source, table: dict[str, Any], key: str, *, line: int
) -> Iterator[dict[str, Any]]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise failure(source, f"'{key}' must be a list in brackets.", _HINT, line=line)
    for value in values:
        yield _table(source, value, line=line)


def _string(source: Source, table: dict[str, Any], key: str, *, line: int) -> str:
    value = table.get(key, "")
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise failure(source, f"'{key}' must be a text in quotes.", _HINT, line=line)
    return clean(str(value))


def _unknown_keys(
    source: Source, table: dict[str, Any], known: set[str], *, line: int
) -> list[Fault]:
    return [
        Fault("unknown_key", f"the key '{clean(key)[:40]}' is not known.", source.label, line)
        for key in table
        if key not in known
    ]
