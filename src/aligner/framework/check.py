"""Find what is wrong in a list of actions: each fault with the line or row it stands on.

Lists are copied out of PDFs and spreadsheets. The list that aligner was made for repeats a whole
objective under another number, carries a page number and a footnote mark inside sentences, and has
lost spaces; a matrix filled in from such a list inherits every one of these.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from aligner.framework.listing import ListedAction, ListedObjective, Listing
from aligner.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Faults that leave open which action is meant, so that no report could be trusted.
UNUSABLE = frozenset({"repeated_id"})
# Each begins where a word does: tried at every letter they took longer than reading the list.
_GLUED = re.compile(r"(?<!\w)\w*[a-z]{3}(?:\d{1,2}(?![\w-])|[¹²³⁴-⁹]+)")
_COMMA = re.compile(r"(?<!\w)\w*[,;](?=[^\W\d_])\w*")
# "migrants in 26 countries": a small bare number after a preposition; not "within 30 days".
_PAGE = re.compile(
    r"\b(?:in|of|and|the|to|for|with|by|from|at|on|or) \d{1,3} "
    r"(?!per\b|percent|years?\b|months?\b|weeks?\b|days?\b|hours?\b|to\b|and\b|or\b|million\b)[a-z]+"
)
_OPEN_END = re.compile(r"(?<!\w)\w*\W*[,;:]$")


def list_faults(listing: Listing) -> tuple[Fault, ...]:
    """Every fault of a listing, in the order of its lines."""
    found = [
        *listing.faults,
        *_repeated_ids(listing, listing.objectives),
        *_repeated_ids(listing, listing.actions),
        *_repeated_objectives(listing),
        *_repeated_texts(listing),
        *_gaps(listing),
        *_empty(listing),
        *_slips(listing),
    ]
    return tuple(sorted(found, key=lambda fault: (fault.line, fault.code, fault.message)))


def same(text: str) -> str:
    """The text reduced to what makes two texts the same: its words."""
    return " ".join(re.findall(r"\w+", text.lower()))


def repeated_objectives(listing: Listing) -> dict[str, str]:
    """Objectives that repeat an earlier one in title or in all their actions: {later: earlier}."""
    texts = _texts(listing)
    titles: dict[str, str] = {}
    bodies: dict[tuple[str, ...], str] = {}
    found: dict[str, str] = {}
    for objective in listing.objectives:
        title, body = same(objective.title), tuple(map(same, texts[objective.id]))
        earlier = titles.get(title) if title else None
        earlier = earlier or (bodies.get(body) if any(body) else None)
        if earlier and earlier != objective.id:
            found[objective.id] = earlier
        titles.setdefault(title, objective.id)
        bodies.setdefault(body, objective.id)
    return found


def _texts(listing: Listing) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {objective.id: [] for objective in listing.objectives}
    for action in listing.actions:
        texts[action.objective].append(action.text)
    return texts


def _repeated_ids(
    listing: Listing, entries: Iterable[ListedObjective | ListedAction]
) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.id in seen:
            what = "objective" if isinstance(entry, ListedObjective) else "action"
            message = f"{what} {entry.id} stands already on line {seen[entry.id]}."
            yield Fault("repeated_id", message, listing.source.label, entry.line)
        seen.setdefault(entry.id, entry.line)


def _repeated_objectives(listing: Listing) -> Iterator[Fault]:
    texts = _texts(listing)
    places = {objective.id: objective.line for objective in listing.objectives}
    for later, earlier in repeated_objectives(listing).items():
        common = set(map(same, texts[later])) & set(map(same, texts[earlier])) - {""}
        message = (
            f"Objective {later} repeats Objective {earlier}: "
            f"{len(common)} of its {len(texts[later])} actions are the same."
        )
        yield Fault("repeated_objective", message, listing.source.label, places[later])


def _repeated_texts(listing: Listing) -> Iterator[Fault]:
    """Actions with the words of an earlier one; a repeated objective is told as one fault."""
    told = repeated_objectives(listing)
    seen: dict[str, str] = {}
    for action in listing.actions:
        words = same(action.text)
        if words in seen and action.objective not in told:
            message = f"Action {action.id} has the same text as {seen[words]}."
            yield Fault("repeated_text", message, listing.source.label, action.line)
        if words:
            seen.setdefault(words, action.id)


def _gaps(listing: Listing) -> Iterator[Fault]:
    """Single letters that leave one out: "a, b, d", or a list that does not begin with "a"."""
    marks: dict[str, list[tuple[str, int]]] = {}
    for action in listing.actions:
        own = action.id.removeprefix(f"{action.objective}.")
        marks.setdefault(action.objective, []).append((own, action.line))
    for objective, found in marks.items():
        if not all(re.fullmatch("[a-z]", mark) for mark, _ in found):
            continue
        for (before, _), (mark, line) in pairwise([("`", 0), *found]):
            if mark not in {before, chr(ord(before) + 1)}:
                expected = f"{objective}.{chr(ord(before) + 1)}"
                message = f"{objective}.{mark} stands where {expected} was expected."
                yield Fault("letter_gap", message, listing.source.label, line)


def _empty(listing: Listing) -> Iterator[Fault]:
    filled = {action.objective for action in listing.actions}
    for objective in listing.objectives:
        if not objective.title:
            message = f"Objective {objective.id} has no title."
            yield Fault("empty_title", message, listing.source.label, objective.line)
        if objective.id not in filled:
            message = f"Objective {objective.id} has no actions."
            yield Fault("no_actions", message, listing.source.label, objective.line)
    for action in listing.actions:
        if not same(action.text):
            message = f"Action {action.id} has no text and is left out."
            yield Fault("empty_text", message, listing.source.label, action.line)


def _slips(listing: Listing) -> Iterator[Fault]:
    """What copying leaves inside the sentences."""
    kinds = (
        ("footnote_mark", _GLUED, "a footnote mark seems to be glued to a word"),
        ("page_number", _PAGE, "a number looks like a page number"),
        ("missing_space", _COMMA, "a space is missing after a comma"),
        ("open_end", _OPEN_END, "the text ends in the middle of a sentence"),
    )
    for action in listing.actions:
        for code, pattern, what in kinds:
            found = ", ".join(f'"{match[0]}"' for match in pattern.finditer(action.text))
            if found:
                message = f"Action {action.id}: {what}: {found}."
                yield Fault(code, message, listing.source.label, action.line)
