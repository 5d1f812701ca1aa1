"""Lay corrections over a list that must stay as it was given.

The corrections are data (corrections.toml) and tied to the mistake they mend: an objective is only
replaced where it repeats another one, a wording only where it still stands. A list that its owner
has mended, or an imported official text, is therefore left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aligner.framework.check import repeated_objectives
from aligner.framework.listing import ListedAction, ListedObjective, Listing, clean
from aligner.framework.strict import Entry, entries, only, text, texts_table, top_of, wrong
from aligner.model import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from aligner.framework.source import Source


@dataclass(frozen=True, slots=True)
class Corrected:
    """A listing after correction, the lines that were mended, and what did not apply."""

    listing: Listing
    lines: frozenset[int]
    faults: tuple[Fault, ...]


def correct(listing: Listing, source: Source) -> Corrected:
    """The listing with the corrections of a TOML file; FrameworkError when that file is wrong."""
    top = top_of(source)
    only(top, {"spaces_after_commas", "objective", "fix"})
    mended: set[int] = set()
    faults: list[Fault] = []
    repeats = repeated_objectives(listing)
    for entry in entries(top, "objective"):
        only(entry, {"id", "title", "commitment", "repeats", "action"})
        number = text(entry, "id")
        if repeats.get(number) == text(entry, "repeats"):
            mended |= _lines_of(listing, number)
            listing = _with_objective(listing, entry)
        else:
            faults.append(_stale(entry, f"Objective {number} is not the mistake that this mends"))
    before = [action.text for action in listing.actions]
    for entry in entries(top, "fix"):
        listing, stale = _with_fix(listing, entry)
        faults += stale
    if top.table.get("spaces_after_commas"):
        listing = _map_texts(listing, _space)
    pairs = zip(listing.actions, before, strict=True)
    mended |= {action.line for action, old in pairs if action.text != old}
    return Corrected(listing, frozenset(mended), tuple(faults))


def _lines_of(listing: Listing, objective: str) -> set[int]:
    lines = {entry.line for entry in listing.objectives if entry.id == objective}
    return lines | {entry.line for entry in listing.actions if entry.objective == objective}


def _stale(entry: Entry, message: str) -> Fault:
    words = f"{message}; it was left as it is."
    return Fault("stale_correction", words, entry.source.label, entry.line)


def _with_objective(listing: Listing, entry: Entry) -> Listing:
    """The listing with one objective rewritten; its actions stand on the objective's line."""
    number = text(entry, "id")
    old = next(one for one in listing.objectives if one.id == number)
    commitment = clean(str(entry.table.get("commitment", "")))
    new = ListedObjective(number, text(entry, "title"), commitment, old.line)
    actions = [
        ListedAction(f"{number}.{mark}", number, clean(words), old.line, paraphrase=True)
        for mark, words in texts_table(entry, "action")
    ]
    places = [at for at, action in enumerate(listing.actions) if action.objective == number]
    first = places[0] if places else len(listing.actions)
    kept = [action for action in listing.actions if action.objective != number]
    return replace(
        listing,
        objectives=tuple(new if one is old else one for one in listing.objectives),
        actions=(*kept[:first], *actions, *kept[first:]),
    )


def _with_fix(listing: Listing, entry: Entry) -> tuple[Listing, list[Fault]]:
    """The listing with one wording mended, or a fault when it does not stand there any more."""
    only(entry, {"action", "find", "replace"})
    number, old, new = text(entry, "action"), text(entry, "find"), text(entry, "replace")
    action = next((one for one in listing.actions if one.id == number), None)
    if action is None:
        raise wrong(entry, f"there is no action {number}.")
    if old not in action.text:
        return listing, [_stale(entry, f"'{old}' does not stand in action {number}")]
    fixed = replace(action, text=action.text.replace(old, new))
    actions = tuple(fixed if one is action else one for one in listing.actions)
    return replace(listing, actions=actions), []


def _map_texts(listing: Listing, change: Callable[[str], str]) -> Listing:
    return replace(
        listing,
        actions=tuple(replace(entry, text=change(entry.text)) for entry in listing.actions),
    )


def _space(words: str) -> str:
    """A space after each comma and semicolon that a letter follows ("1,000" is left alone)."""
    return re.sub(r"([,;])(?=[^\W\d_])", r"\1 ", words)
