"""Cues: words that speak for or against a sentence whatever the action (seeds/gcm/cues.toml).

Commitment, rejection, diagnosis, what the framework's subject is.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aligner.model import Term
from aligner.text import order_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from aligner.match.lexicon import Lexicon, Read
    from aligner.model import Cue


class Cued(NamedTuple):
    """A cue found in a segment: in sentence `sentence`, or in its headings (-1)."""

    cue: Cue
    sentence: int
    terms: tuple[Term, ...]


def find_cues(reads: Sequence[Read], lexicon: Lexicon) -> list[list[Cued]]:
    """The cues found in each segment's sentences and in what stands above it, that first.

    What a passage is about may be said in the headings alone, so topic cues are looked for in both.
    What the sentence that introduces a list rejects, each sentence of its items does.
    """
    above: dict[int, list[Cued]] = {}
    lead: dict[int, list[Cue]] = {}
    for one in reads:
        if one.context not in above:
            above[one.context] = _above(one, lexicon)
            lead[one.context] = _by_lead(one, lexicon)
    out = [
        [*above[one.context], *(Cued(cue, n, ()) for cue in lead[one.context] for n in _own(one))]
        for one in reads
    ]
    for row, found in _in_sentences(reads, lexicon):
        out[row].append(found)
    return out


def _in_sentences(reads: Sequence[Read], lexicon: Lexicon) -> Iterator[tuple[int, Cued]]:
    """The cues in the sentences of each segment (row), by row, cue and sentence."""
    places: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for row, sentence, phrase, hit in hits_among(reads, lexicon.cues_of):
        for number in lexicon.cues_of[phrase]:
            if lexicon.cues[number].within == "sentence":
                places[row, number, sentence].append(hit)
    keys = sorted(places)
    cues = [lexicon.cues[number] for _, number, _ in keys]
    weights = [-cue.weight if cue.effect == "veto" else cue.weight for cue in cues]
    terms = placed_terms([places[key] for key in keys], weights, reads)
    for (row, _, sentence), cue, own in zip(keys, cues, terms, strict=True):
        yield row, Cued(cue, sentence, own)


def hits_among(
    reads: Sequence[Read], among: Collection[int]
) -> Iterator[tuple[int, int, int, int]]:
    """(row, sentence, phrase, hit) of those phrases in the segments, in order of place.

    By arrays, since one hit in ten is a cue and one in fifty a principle.
    """
    if not reads:
        return iter(())
    given, found = reads[0].tokens, reads[0].found
    hits = np.flatnonzero(np.isin(found.phrases[: found.bounds[len(reads)]], list(among)))
    rows = np.searchsorted(found.bounds, hits, side="right") - 1
    columns = rows, given.sentences[found.firsts[hits]], found.phrases[hits], hits
    return zip(*(one.tolist() for one in columns), strict=True)


def placed_terms(
    hits: Iterable[Sequence[int]], weights: Sequence[float], reads: Sequence[Read]
) -> list[tuple[Term, ...]]:
    """For each of several lists of hits its words, in order of place, each of the list's weight."""
    if not (held := list(hits)):
        return []
    found = reads[0].found
    owners = np.repeat(np.arange(len(held)), list(map(len, held)))
    at = np.fromiter(chain.from_iterable(held), dtype=np.int64, count=len(owners))
    owners, starts, ends = places = np.stack([owners, found.starts[at], found.ends[at]])
    places = places[:, order_by(owners, starts, ends - starts)]
    owners, starts, ends = places[:, (np.diff(places, prepend=-1) != 0).any(axis=0)]
    shares = np.array(weights).round(6)[owners]
    terms = tuple(map(Term, starts.tolist(), ends.tolist(), shares.tolist()))
    bounds = np.searchsorted(owners, np.arange(len(held) + 1)).tolist()
    return [terms[first:last] for first, last in pairwise(bounds)]


def _above(one: Read, lexicon: Lexicon) -> list[Cued]:
    """The cues of headings, and the topics, in what a segment is read with."""
    first, last = one.found.bounds[one.context : one.context + 2]
    at = first + np.flatnonzero(lexicon.cued[one.found.phrases[first:last]])
    sentences = one.tokens.sentences[one.found.firsts[at]]
    headings = one.found.starts[at] < len(". ".join(one.segment.section))
    columns = one.found.phrases[at], sentences, headings
    hits = list(zip(*(column.tolist() for column in columns), strict=True))
    # The lowest heading that has each cue: hits are in order of place.
    lowest = {n: where for phrase, where, _ in hits for n in lexicon.cues_of.get(phrase, ())}
    found = [
        n for n, where in sorted(lowest.items()) if not _undone(lexicon.unless[n], where, hits)
    ]
    cues = [lexicon.cues[number] for number in found]
    return [Cued(cue, -1, ()) for cue in cues if cue.within == "section" or cue.effect == "topic"]


def _undone(unless: frozenset[int], where: int, hits: Sequence[tuple[int, int, bool]]) -> bool:
    """Whether a phrase of `unless` stands in the same sentence, or in a heading below it.

    `hits` are phrases with their sentences, and whether these are headings.
    """
    places = [(place, heading) for phrase, place, heading in hits if phrase in unless]
    return any(place == where or (heading and place > where) for place, heading in places)


def _cues_of(phrases: np.ndarray, lexicon: Lexicon) -> list[Cue]:
    numbers = {number for one in phrases.tolist() for number in lexicon.cues_of.get(one, ())}
    return [lexicon.cues[number] for number in sorted(numbers)]


def _own(one: Read) -> list[int]:
    """The numbers of the segment's sentences."""
    first, last = one.tokens.firsts[one.own : one.own + 2]
    return sorted(set(one.tokens.sentences[first:last].tolist()))


def _by_lead(one: Read, lexicon: Lexicon) -> list[Cue]:
    """The vetoes in the sentence that introduces the list of which the segment is an item."""
    if not (one.segment.context and one.segment.context[-1].rstrip().endswith(":")):
        return []
    sentences, end = one.tokens.sentences, one.tokens.firsts[one.context + 1] - 1
    first, last = one.found.bounds[one.context : one.context + 2]
    introducing = sentences[one.found.firsts[first:last]] == sentences[end]
    cues = _cues_of(one.found.phrases[first:last][introducing], lexicon)
    return [cue for cue in cues if cue.within == "sentence" and cue.effect == "veto"]
