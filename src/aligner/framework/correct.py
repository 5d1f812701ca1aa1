"""Lay corrections over a list that must stay as it was given.

The corrections are data (corrections.toml) and tied to the mistake they mend: an objective is only
replaced where it repeats another one, a wording only where it still stands. A list that its owner
has mended, or an imported official text, is therefore left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aligner.framework.check import repeated_objectives
from aligner.framework.read import ListedAction, ListedObjective, Listing, clean
from aligner.framework.source import Source, failure, toml_of
from aligner.framework.strict import lines_of, only, text, texts_table
from aligner.model import Fault

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Corrected:
    """A listing after correction, the lines that were mended, and what did not apply."""

    listing: Listing
    lines: frozenset[int]
    faults: tuple[Fault, ...]


def correct(listing: Listing, source: Source) -> Corrected:
    """The listing with the corrections of a TOML file; FrameworkError when that file is wrong."""
    data = toml_of(source)
    only(source, data, {"spaces_after_commas", "objective", "fix"}, line=1)
    listing, mended, faults = _replace_objectives(listing, source, data)
    before = {action.line: action.text for action in listing.actions}
    listing, stale = _fix_texts(listing, source, data)
    if data.get("spaces_after_commas"):
        listing = _map_texts(listing, _space)
    changed = {action.line for action in listing.actions if before[action.line] != action.text}
    return Corrected(listing, frozenset(mended | changed), (*faults, *stale))


def _replace_objectives(
    listing: Listing, source: Source, data: dict[str, Any]
) -> tuple[Listing, set[int], list[Fault]]:
    repeats, mended, faults = repeated_objectives(listing), set[int](), list[Fault]()
    for table, line in lines_of(source, data, "objective"):
        only(source, table, {"id", "title", "commitment", "repeats", "action"}, line=line)
        number = text(source, table, "id", line=line)
        if repeats.get(number) == text(source, table, "repeats", line=line):
            mended |= {entry.line for entry in listing.objectives if entry.id == number}
            mended |= {entry.line for entry in listing.actions if entry.objective == number}
            listing = _with_objective(listing, source, table, line=line)
        else:
            message = f"Objective {number} is no longer the mistake that this mends; it was kept."
            faults.append(Fault("stale_correction", message, source.label, line))
    return listing, mended, faults


def _with_objective(
    listing: Listing, source: Source, table: dict[str, Any], *, line: int
) -> Listing:
    """The listing with one objective rewritten; its actions stand on the objective's line."""
    number = text(source, table, "id", line=line)
    title = text(source, table, "title", line=line)
    commitment = clean(str(table.get("commitment", "")))
    place = next(entry.line for entry in listing.objectives if entry.id == number)
    new = [
        ListedAction(f"{number}.{mark}", number, clean(words), place, paraphrase=True)
        for mark, words in texts_table(source, table, "action", line=line)
    ]
    first = next(at for at, entry in enumerate(listing.actions) if entry.objective == number)
    kept = [entry for entry in listing.actions if entry.objective != number]
    return replace(
        listing,
        objectives=tuple(
            ListedObjective(number, title, commitment, entry.line) if entry.id == number else entry
            for entry in listing.objectives
        ),
        actions=(*kept[:first], *new, *kept[first:]),
    )


def _fix_texts(
    listing: Listing, source: Source, data: dict[str, Any]
) -> tuple[Listing, list[Fault]]:
    faults = []
    for table, line in lines_of(source, data, "fix"):
        only(source, table, {"action", "find", "replace"}, line=line)
        number = text(source, table, "action", line=line)
        wrong = text(source, table, "find", line=line)
        right = str(table.get("replace", ""))
        known = {entry.id: entry.text for entry in listing.actions}
        if number not in known:
            raise failure(source, f"there is no action {number}.", line=line)
        if wrong not in known[number]:
            message = f"'{wrong}' does not stand in action {number}; nothing was mended."
            faults.append(Fault("stale_correction", message, source.label, line))
        fixed = known[number].replace(wrong, right)
        listing = replace(
            listing,
            actions=tuple(
                replace(entry, text=fixed) if entry.id == number else entry
                for entry in listing.actions
            ),
        )
    return listing, faults


def _map_texts(listing: Listing, change: Callable[[str], str]) -> Listing:
    return replace(
        listing,
        actions=tuple(replace(entry, text=change(entry.text)) for entry in listing.actions),
    )


def _space(words: str) -> str:
    """A space after each comma and semicolon that a letter follows ("1,000" is left alone)."""
    return re.sub(r"([,;])(?=[^\W\d_])", r"\1 ", words)
