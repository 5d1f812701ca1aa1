"""Keyword rules: which words of a segment speak for which action.

A rule speaks when each of its groups has a phrase in the same sentence (or segment) and none of its
`unless` phrases stands there.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aligner.match.cues import find_cues, placed_terms
from aligner.match.lexicon import Lexicon, read
from aligner.model import Fault, Segment, Signal
from aligner.text import order_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.match.lexicon import Read, Spelled, Table
    from aligner.model import Cue, Framework, Rule, Term

# A rule that found a group only in the headings or the lead-in says so much less (a judgement).
_LENT = 0.8


class Spoken(NamedTuple):
    """Segment `row` and a rule that speaks there or is `vetoed`, by the hits first:last.

    `lent`: it speaks though a group has its phrase only in the headings or the lead-in.
    """

    row: int
    rule: int
    first: int
    last: int
    vetoed: bool
    lent: bool


def find_rules(reads: Sequence[Read], lexicon: Lexicon) -> list[Spoken]:
    """Where rules speak or are vetoed by their own `unless`, by segment, then rule."""
    if not reads:
        return []
    tables = lexicon.tables.items()
    return sorted(one for within, table in tables for one in _spoken(reads, table, within))


def rule_signals(spoken: Sequence[Spoken], reads: Sequence[Read], lexicon: Lexicon) -> list[Signal]:
    """A signal for each rule that speaks or is vetoed; its terms weigh all the same."""
    terms = _terms(spoken, reads, lexicon.rules)
    return [
        _signal(one, lexicon.rules[one.rule], reads[one.row], terms=own)
        for one, own in zip(spoken, terms, strict=True)
    ]


def _spoken(reads: Sequence[Read], table: Table, within: str) -> Iterator[Spoken]:
    """Where each rule speaks first in each segment, else where it is vetoed first."""
    firsts, rows = _by_sentence(reads) if within == "sentence" else _by_segment(reads)
    phrases = _phrases(reads, firsts, table)
    own = _some(phrases @ table.groups)
    lent = _of_context(reads, table) if within == "segment" else None
    scopes, rules, lacking = _whole(own, lent, table)
    vetoes = (phrases @ table.unless).tocoo()
    vetoed = np.isin(scopes << 32 | rules, vetoes.row.astype(np.int64) << 32 | vetoes.col)
    best = _best(rows[scopes], rules, vetoed, scopes)
    scopes, rules, vetoed, lacking = (one[best] for one in (scopes, rules, vetoed, lacking))
    places = rows[scopes], table.numbers[rules], firsts[scopes], firsts[scopes + 1]
    columns = (one.tolist() for one in (*places, vetoed, lacking & ~vetoed))
    return map(Spoken, *columns)


def _best(
    rows: np.ndarray, rules: np.ndarray, vetoed: np.ndarray, scopes: np.ndarray
) -> np.ndarray:
    """Which to keep of each row and rule: the first scope without a veto, else the first."""
    order = order_by(rows, rules, vetoed, scopes)
    pairs = rows[order] << 32 | rules[order]
    return np.asarray(order[np.diff(pairs, prepend=-1) != 0])


def _by_segment(reads: Sequence[Read]) -> tuple[np.ndarray, np.ndarray]:
    """The first hit of each segment, and of what comes after them; and which segment it is."""
    return np.array(reads[0].found.bounds[: len(reads) + 1]), np.arange(len(reads))


def _by_sentence(reads: Sequence[Read]) -> tuple[np.ndarray, np.ndarray]:
    """The same of each sentence with a hit, and which segment it is of."""
    bounds, _ = _by_segment(reads)
    rows = np.repeat(np.arange(len(reads)), np.diff(bounds))
    sentences = reads[0].tokens.sentences[reads[0].found.firsts[: bounds[-1]]]
    firsts = np.flatnonzero(np.diff(rows << 32 | sentences, prepend=-1))
    return np.append(firsts, bounds[-1]), rows[firsts]


def _phrases(reads: Sequence[Read], firsts: np.ndarray, table: Table) -> Any:
    """The phrases in each scope (scopes x phrases), from the first hits of scopes."""
    import scipy.sparse as sp

    found = reads[0].found.phrases[firsts[0] : firsts[-1]]
    held = np.ones(len(found), dtype=np.int32), found, firsts - firsts[0]
    return sp.csr_matrix(held, shape=(len(firsts) - 1, table.groups.shape[0]))


def _some(matrix: Any) -> Any:
    """What is there at all, as ones."""
    matrix.data[:] = 1
    return matrix


def _of_context(reads: Sequence[Read], table: Table) -> Any:
    """The groups with a phrase in what each segment is read with, segments x groups."""
    found = reads[0].found
    contexts = _phrases(reads, np.array(found.bounds[len(reads) :]), table) @ table.groups
    return contexts[[one.context - len(reads) for one in reads]]


def _whole(own: Any, lent: Any, table: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scopes and rules of which every group is there, one of them not lent; and which lack one."""
    import scipy.sparse as sp

    counts = own @ table.owners
    read = counts if lent is None else _some(own + lent) @ table.owners
    whole = read.data == table.sizes[read.indices]
    held = counts.multiply(sp.csr_matrix((whole, read.indices, read.indptr), shape=read.shape))
    held = held.tocoo()
    there = held.data > 0
    scopes, rules = held.row[there].astype(np.int64), held.col[there]
    return scopes, rules, held.data[there] < table.sizes[rules]


def _terms(
    spoken: Sequence[Spoken], reads: Sequence[Read], rules: Sequence[Spelled]
) -> list[tuple[Term, ...]]:
    """The words that speak for each rule, or veto it."""
    phrases = reads[0].found.phrases.tolist() if spoken else []
    hits, weights = [], []
    for one in spoken:
        spelled = rules[one.rule]
        sought = spelled.unless if one.vetoed else spelled.wanted
        telling = map(sought.__contains__, phrases[one.first : one.last])
        hits.append(list(compress(range(one.first, one.last), telling)))
        weights.append(-score_of(one, spelled) if one.vetoed else score_of(one, spelled))
    return placed_terms(hits, weights, reads)


def score_of(one: Spoken, spelled: Spelled) -> float:
    """The rule's weight, or four fifths of it when it lacks a group in the segment's own words."""
    return round(spelled.rule.weight * (_LENT if one.lent else 1.0), 6)


def _signal(one: Spoken, spelled: Spelled, read: Read, *, terms: tuple[Term, ...]) -> Signal:
    rule = spelled.rule
    return Signal(
        segment=read.segment.id,
        action=rule.action,
        matcher="rules",
        score=score_of(one, spelled),
        effect="veto" if one.vetoed else "support",
        source=rule.id,
        terms=terms,
        context_terms=_borrowed(one, spelled, read) if one.lent else (),
    )


def _borrowed(one: Spoken, spelled: Spelled, read: Read) -> tuple[str, ...]:
    """The first words of the context that stand for the groups which the segment lacks."""
    found = read.found
    own = set(found.phrases[one.first : one.last].tolist())
    missing = frozenset[int]().union(*(g for g in spelled.groups if g.isdisjoint(own)))
    hits = range(*found.bounds[read.context : read.context + 2])
    lent = [hit for hit in hits if found.phrases.item(hit) in missing][:3]
    words = ((found.firsts.item(hit), found.lasts.item(hit)) for hit in lent)
    return tuple(" ".join(read.tokens.stems_of(first, last)) for first, last in words)


def check(framework: Framework) -> tuple[Fault, ...]:
    """Every example that a rule or cue gets wrong: a hit that is not found, a miss that is."""
    owners: dict[str, list[Rule | Cue]] = {"en": [*framework.rules]}
    for cue in framework.cues:
        owners.setdefault(cue.language or "en", []).append(cue)
    return tuple(
        fault
        for language, mine in owners.items()
        for fault in _faults(mine, Lexicon(framework, language))
    )


def _faults(given: Iterable[Rule | Cue], lexicon: Lexicon) -> Iterator[Fault]:
    owners = [
        (owner, text, wanted)
        for owner in given
        for texts, wanted in ((owner.hits, True), (owner.misses, False))
        for text in texts
    ]
    reads = read([_example(i, text) for i, (_, text, _) in enumerate(owners)], lexicon)
    spoken = (one for one in find_rules(reads, lexicon) if not one.vetoed)
    spoke = {(reads[one.row].segment.id, lexicon.rules[one.rule].rule.id) for one in spoken}
    spoke |= {
        (one.segment.id, c.cue.id)
        for one, found in zip(reads, find_cues(reads, lexicon), strict=True)
        for c in found
    }
    for i, (owner, text, wanted) in enumerate(owners):
        if ((str(i), owner.id) in spoke) != wanted:
            yield Fault(
                code="hit" if wanted else "miss",
                message=f"{owner.id} should {'' if wanted else 'not '}match: {text}",
                file=owner.file,
                line=owner.line,
            )


def _example(number: int, text: str) -> Segment:
    """An example as a segment; for cues of headings it is a heading too."""
    return Segment(str(number), "paragraph", text, 1, 1, section=(text,))
