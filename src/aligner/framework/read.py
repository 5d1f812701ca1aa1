"""Read a list of objectives and actions from Markdown, JSON, CSV or Excel into one Listing.

A Listing keeps the line (or row) of everything, so that faults can be shown where they stand. It
says what the file says, faults included: check.py judges it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aligner.framework.listing import (
    ListedAction,
    ListedObjective,
    Listing,
    action_id,
    clean,
    objective_id,
)
from aligner.framework.source import Source, failure, json_of, object_lines, text_of
from aligner.framework.strict import Entry, wrong
from aligner.framework.tables import read_table
from aligner.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

# The longest action of the Compact has 841 characters; the largest framework of the UN system has
# some hundred actions.
MAX_TEXT = 10_000
MAX_ACTIONS = 5_000
_OBJECTIVE = re.compile(r"#\s*Objective\s+([^\s:.]+)\s*[:.]?\s*(.*)", re.IGNORECASE)
_FIELD = re.compile(r"##\s*(Title|Commitment)\s*:\s*(.*)", re.IGNORECASE)
_ACTIONS = re.compile(r"##\s*(Associated\s+)?actions\s*:?", re.IGNORECASE)
_ACTION = re.compile(r"[-*•]\s*\(?(\w{1,8}(?:\.\w{1,8})?)[.)](?:\s+(.*))?")
_HINT = (
    "A list has headings '# Objective 1', '## Title: …' and lines '- a. …'; or it is JSON "
    '{"objectives": [{"id", "title", "actions": [{"id", "text"}]}]}; '
    "or a table with the columns objective, title, id, text."
)


def read(source: Source) -> Listing:
    """The listing in a file, by the ending of its name; FrameworkError when there is none."""
    suffix = source.path.suffix.lower()
    if suffix in {".md", ".markdown", ".txt"}:
        listing = _read_markdown(source)
    elif suffix == ".json":
        listing = _read_json(source)
    elif suffix in {".csv", ".tsv", ".xlsx", ".xlsm"}:
        listing = read_table(source)
    else:
        hint = "Save the list as .xlsx, .csv, .json or .md."
        raise failure(source, f"a list cannot be read from a '{suffix}' file.", hint=hint)
    return _bounded(listing)


def _bounded(listing: Listing) -> Listing:
    """The listing, if it has actions and is of a size that people write."""
    if not listing.actions:
        raise failure(listing.source, "no actions were found in this file.", hint=_HINT)
    if len(listing.actions) > MAX_ACTIONS:
        raise failure(
            listing.source, f"the file lists more than {MAX_ACTIONS:,} actions.", hint=_HINT
        )
    sizes = [(len(entry.text), entry.id, entry.line) for entry in listing.actions]
    sizes += [(len(top.title + top.commitment), top.id, top.line) for top in listing.objectives]
    for size, name, line in sizes:
        if size > MAX_TEXT:
            message = f"'{name}' is longer than {MAX_TEXT:,} characters."
            raise failure(listing.source, message, hint=_HINT, line=line)
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
    top = _entry(source, data, line=1)
    head = {key: _string(top, key) for key in ("framework", "title", "version")}
    faults = _unknown_keys(top, {*head, "objectives"})
    objectives: list[ListedObjective] = []
    actions: list[ListedAction] = []
    for table in _values(top, "objectives"):
        entry = _entry(source, table, line=lines.get(id(table), top.line))
        objective = _json_objective(entry)
        objectives.append(objective)
        faults += _unknown_keys(entry, {"id", "title", "commitment", "actions"})
        for inner in _values(entry, "actions"):
            child = _entry(source, inner, line=lines.get(id(inner), entry.line))
            actions.append(_json_action(child, objective.id))
            faults += _unknown_keys(child, {"id", "text"})
    name = head["framework"] or source.path.stem
    return Listing(
        source=source,
        id=name,
        title=head["title"] or name,
        version=head["version"],
        objectives=tuple(objectives),
        actions=tuple(actions),
        faults=tuple(faults),
    )


def _json_objective(entry: Entry) -> ListedObjective:
    number = objective_id(entry.source, _string(entry, "id"), line=entry.line)
    commitment = _string(entry, "commitment")
    return ListedObjective(number, _string(entry, "title"), commitment, entry.line)


def _json_action(entry: Entry, objective: str) -> ListedAction:
    own = _string(entry, "id")
    number = action_id(entry.source, own, objective=objective, line=entry.line)
    return ListedAction(number, objective, _string(entry, "text"), entry.line)


def _entry(source: Source, value: object, *, line: int) -> Entry:
    if not isinstance(value, dict):
        raise failure(source, "an object in braces was expected here.", hint=_HINT, line=line)
    return Entry(source, value, line)


def _values(entry: Entry, key: str) -> list[object]:
    values = entry.table.get(key, [])
    if not isinstance(values, list):
        raise wrong(entry, f"'{key}' must be a list in brackets.", hint=_HINT)
    return values


def _string(entry: Entry, key: str) -> str:
    value = entry.table.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise wrong(entry, f"'{key}' must be a text in quotes.", hint=_HINT)
    return clean(str(value))


def _unknown_keys(entry: Entry, known: set[str]) -> list[Fault]:
    return [
        Fault(
            "unknown_key",
            f"the key '{clean(key)[:40]}' is not known.",
            entry.source.label,
            entry.line,
        )
        for key in entry.table
        if key not in known
    ]
