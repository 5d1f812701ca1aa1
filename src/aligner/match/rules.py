"""Keyword rules and cues: which words of a segment speak for an action, or against any.

Rules and cues are data (seeds/gcm/rules.toml, concepts.toml, cues.toml). Their phrases are looked
up all at once; a rule speaks when each of its groups has a phrase in the same sentence (or segment)
and none of its `unless` phrases stands there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_
from typing import TYPE_CHECKING

import numpy as np

from aligner.match.vectors import Placed, ranges
from aligner.model import Fault, Segment, Signal, Term
from aligner.text import Found, PhraseFinder, Tokens, phrase_words, stemmer, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.model import Cue, Framework, Rule

# (phrase, first word, word after the last)
Hit = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where the groups of a rule have to stand together: the hits of a sentence or a segment."""

    hits: tuple[Hit, ...]
    phrases: frozenset[int]


@dataclass(frozen=True, slots=True)
class Read:
    """A segment and what it is read with, headings and lead-in, among the texts of a document.

    `tokens` and `found` are those of all; this segment is text `own`, its context `context`.
    """

    segment: Segment
    tokens: Tokens
    found: Found
    own: int
    context: int


def phrases_in(text: int, found: Found) -> list[int]:
    """The phrases found in a text, in order of place."""
    phrases: list[int] = found.phrases[found.bounds[text] : found.bounds[text + 1]].tolist()
    return phrases


def _hits(text: int, found: Found) -> list[Hit]:
    part = slice(found.bounds[text], found.bounds[text + 1])
    places = found.phrases[part], found.firsts[part], found.lasts[part]
    return list(zip(*(one.tolist() for one in places), strict=True))


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A rule with its phrases as numbers."""

    rule: Rule
    groups: tuple[frozenset[int], ...]
    wanted: frozenset[int]
    unless: frozenset[int]


class Lexicon:
    """The phrases of rules and cues of one language, concepts spelled out."""

    def __init__(self, framework: Framework, language: str = "en") -> None:
        """Numbers the distinct phrases; nothing is searched yet.

        Grammatical forms of one phrase are one: "implements" and "implementing" would be found in
        the same places, and half as much again in a policy.
        """
        self.language = language
        self._stem = stemmer(language)
        self._forms = {c.id: dict(c.forms).get(language, ()) for c in framework.concepts}
        self.phrases: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}
        self._known: dict[str, frozenset[int]] = {}
        self._concepts: dict[int, set[str]] = defaultdict(set)
        self.rules = [self._spelled(rule) for rule in framework.rules]
        for concept in framework.concepts:
            self._all((f"@{concept.id}",))
        self._most = max((len(one.groups) for one in self.rules), default=1)
        self._lacking, self._having = _masks(self.rules, self._most)
        self.cues = tuple(one for one in framework.cues if one.language in ("", language))
        self.cues_of: dict[int, list[int]] = defaultdict(list)
        for number, cue in enumerate(self.cues):
            for phrase in sorted(self._all(cue.phrases)):
                self.cues_of[phrase].append(number)
        self.principles_of: dict[int, list[str]] = defaultdict(list)
        for principle in framework.principles:
            for phrase in sorted(self._all(dict(principle.phrases).get(language, ()))):
                self.principles_of[phrase].append(principle.id)
        self.concepts_of = {n: tuple(sorted(c)) for n, c in self._concepts.items()}
        self.finder = PhraseFinder(self.phrases, language)

    def _spelled(self, rule: Rule) -> _Spelled:
        groups = tuple(map(self._all, rule.all))
        return _Spelled(rule, groups, frozenset().union(*groups), self._all(rule.unless))

    def _all(self, group: Iterable[str]) -> frozenset[int]:
        """The numbers of a group's phrases, `@concept` replaced by its forms."""
        return frozenset().union(*map(self._numbered, group))

    def _numbered(self, phrase: str) -> frozenset[int]:
        """The number of a phrase, or those of a concept's forms; each is looked at only once."""
        if phrase not in self._known:
            forms = self._forms[phrase[1:]] if phrase.startswith("@") else (phrase,)
            self._known[phrase] = frozenset(map(self._number, forms))
            for number in self._known[phrase] if phrase.startswith("@") else ():
                self._concepts[number].add(phrase)
        return self._known[phrase]

    def _number(self, phrase: str) -> int:
        words = phrase_words(phrase)
        stems = tuple(word if word.endswith("*") else self._stem(word) for word in words)
        number = self._numbers.setdefault(stems, len(self._numbers))
        if number == len(self.phrases):
            self.phrases.append(words)
        return number

    def bits(self, phrases: Iterable[int]) -> int:
        """The groups of rules that have one of these phrases, as ones of a number."""
        having = self._having
        return reduce(or_, [having[phrase] for phrase in phrases if phrase in having], 0)

    def rules_of(self, bits: int) -> list[_Spelled]:
        """The rules all of whose groups are among the ones of a number, in their order."""
        bits, count = bits | self._lacking, len(self.rules)
        whole = bits & (1 << count) - 1
        for place in range(1, self._most):
            whole &= bits >> count * place
        return [self.rules[number] for number in _ones(whole)]


def _masks(rules: Sequence[_Spelled], most: int) -> tuple[int, dict[int, int]]:
    """Rules as bits, a stretch for the first, the second … group: who lacks one, who has a phrase.

    All rules are put to a few sums of long numbers: one by one they took a tenth of a second for
    2,000 passages.
    """
    lacking, having = 0, defaultdict[int, int](int)
    for number, one in enumerate(rules):
        for place in range(most):
            bit = 1 << place * len(rules) + number
            if place >= len(one.groups):
                lacking |= bit
                continue
            for phrase in one.groups[place]:
                having[phrase] |= bit
    return lacking, dict(having)


def _ones(bits: int) -> Iterator[int]:
    """The places of the ones in a number, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def language_of(segments: Sequence[Segment]) -> str:
    """The commonest language of the segments; English where none is known."""
    counts = Counter(one.language for one in segments)
    return (counts.most_common(1)[0][0] if counts else "") or "en"


# The lexicon of the framework last used, by language: a batch uses one for all its policies.
_KEPT: dict[str, tuple[Framework, Lexicon]] = {}


def lexicon_of(framework: Framework, language: str) -> Lexicon:
    """The lexicon of a framework, made once for as long as the same framework is used."""
    kept = _KEPT.get(language)
    if kept is None or kept[0] is not framework:
        kept = _KEPT[language] = (framework, Lexicon(framework, language))
    return kept[1]


def read(segments: Sequence[Segment], lexicon: Lexicon) -> list[Read]:
    """Every segment with the phrases of the lexicon that stand in it."""
    contexts = [". ".join((*s.section, *s.context)) for s in segments]
    numbers = {text: number for number, text in enumerate(dict.fromkeys(contexts), len(segments))}
    given = tokens([*(s.text for s in segments), *numbers], lexicon.language)
    found = lexicon.finder.find(given)
    return [
        Read(segment, given, found, own, numbers[context])
        for own, (segment, context) in enumerate(zip(segments, contexts, strict=True))
    ]


def _scope(hits: Iterable[Hit]) -> _Scope:
    held = tuple(hits)
    return _Scope(held, frozenset(hit[0] for hit in held))


def _by_sentence(hits: Sequence[Hit], given: Tokens) -> list[_Scope]:
    scopes: dict[int, list[Hit]] = defaultdict(list)
    sentences = given.sentences[[hit[1] for hit in hits]].tolist() if hits else []
    for sentence, hit in zip(sentences, hits, strict=True):
        scopes[sentence].append(hit)
    return [_scope(scopes[number]) for number in sorted(scopes)]


def concepts(phrases: Iterable[int], lexicon: Lexicon) -> list[str]:
    """The concepts ("@recruitment_fee") that phrases are words of, each once, in their order."""
    found = (name for phrase in phrases for name in lexicon.concepts_of.get(phrase, ()))
    return list(dict.fromkeys(found))


def placed_concepts(reads: Sequence[Read], lexicon: Lexicon) -> Placed:
    """The concepts in each segment, and after these in the context of each, with their places."""
    given, found = reads[0].tokens, reads[0].found
    texts = np.array([*(one.own for one in reads), *(one.context for one in reads)])
    bounds = np.array(found.bounds)
    lengths = np.diff(bounds)[texts]
    at = ranges(bounds[texts], lengths)
    which = found.phrases[at]
    named = [lexicon.concepts_of.get(phrase, ()) for phrase in range(len(lexicon.phrases))]
    counts = np.array(list(map(len, named)), dtype=np.int64)
    numbers = ranges((np.cumsum(counts) - counts)[which], counts[which])
    starts, ends = given.starts[found.firsts[at]], given.ends[found.lasts[at] - 1]
    rows = np.repeat(np.arange(len(texts)), lengths)
    places = np.repeat([rows, starts, ends], counts[which], axis=1)
    return Placed(list(chain.from_iterable(named)), numbers, *places)


def rule_signals(reads: Sequence[Read], lexicon: Lexicon) -> list[Signal]:
    """A signal for each segment and rule that speaks or is vetoed by its own `unless`.

    The score is the rule's weight, or four fifths of it when a group was found only in the headings
    or the lead-in. Terms weigh the same within a rule.
    """
    lent: dict[int, int] = {}
    out = []
    for one in reads:
        if one.context not in lent:
            lent[one.context] = lexicon.bits(phrases_in(one.context, one.found))
        bits = lent[one.context] | lexicon.bits(phrases_in(one.own, one.found))
        if rules := lexicon.rules_of(bits):
            out += _speaking(rules, one)
    return out


def _speaking(rules: Sequence[_Spelled], one: Read) -> list[Signal]:
    lent = frozenset(phrases_in(one.context, one.found))
    known = frozenset[int]().union(*(rule.wanted | rule.unless for rule in rules))
    hits = [hit for hit in _hits(one.own, one.found) if hit[0] in known]
    scopes = {"segment": [_scope(hits)], "sentence": _by_sentence(hits, one.tokens)}
    signals = (_apply(rule, one, scopes=scopes[rule.rule.within], lent=lent) for rule in rules)
    return [signal for signal in signals if signal]


def _apply(
    spelled: _Spelled, one: Read, *, scopes: Iterable[_Scope], lent: frozenset[int]
) -> Signal | None:
    """The best of what a rule finds: in one sentence, or in the segment with its context."""
    alone = spelled.rule.within == "sentence"
    vetoed = None
    for scope in scopes:
        missing = [group for group in spelled.groups if group.isdisjoint(scope.phrases)]
        if missing and (
            alone
            or len(missing) == len(spelled.groups)
            or any(group.isdisjoint(lent) for group in missing)
        ):
            continue
        if spelled.unless.isdisjoint(scope.phrases):
            return _signal(spelled, scope.hits, one, missing=missing)
        vetoed = vetoed or _veto(spelled, scope.hits, one)
    return vetoed


def _signal(
    spelled: _Spelled, scope: Sequence[Hit], one: Read, *, missing: Sequence[frozenset[int]]
) -> Signal:
    score = spelled.rule.weight * (0.8 if missing else 1.0)
    wanted = [hit for hit in scope if hit[0] in spelled.wanted]
    lent = _hits(one.context, one.found) if missing else []
    borrowed = [hit for hit in lent if any(hit[0] in group for group in missing)][:3]
    return Signal(
        segment=one.segment.id,
        action=spelled.rule.action,
        matcher="rules",
        score=round(score, 6),
        source=spelled.rule.id,
        terms=terms_of(wanted, one.tokens, score),
        context_terms=tuple(" ".join(one.tokens.stems_of(a, b)) for _, a, b in borrowed),
    )


def _veto(spelled: _Spelled, scope: Sequence[Hit], one: Read) -> Signal:
    rule = spelled.rule
    return Signal(
        segment=one.segment.id,
        action=rule.action,
        matcher="rules",
        score=rule.weight,
        effect="veto",
        source=rule.id,
        terms=terms_of(
            [hit for hit in scope if hit[0] in spelled.unless], one.tokens, -rule.weight
        ),
    )


def terms_of(hits: Iterable[Hit], given: Tokens, weight: float) -> tuple[Term, ...]:
    """The words of hits, in order of place, each of this weight."""
    places = sorted({(given.starts.item(a), given.ends.item(b - 1)) for _, a, b in hits})
    return tuple(Term(start, end, round(weight, 6)) for start, end in places)


@dataclass(frozen=True, slots=True)
class Cued:
    """A cue found in a segment: in sentence `sentence`, or in its headings (-1)."""

    cue: Cue
    sentence: int
    terms: tuple[Term, ...]


def cued(reads: Sequence[Read], lexicon: Lexicon) -> list[list[Cued]]:
    """The cues found in each segment's sentences and in what stands above it, that first.

    What a passage is about may be said in the headings alone, so topic cues are looked for in both.
    What the sentence that introduces a list rejects, each sentence of its items does.
    """
    above: dict[int, list[Cued]] = {}
    lead: dict[int, list[Cue]] = {}
    for one in reads:
        if one.context not in above:
            above[one.context] = _cued_above(phrases_in(one.context, one.found), lexicon)
            lead[one.context] = _cued_by_lead(one, lexicon)
    out = [
        [*above[one.context], *(Cued(cue, n, ()) for cue in lead[one.context] for n in _own(one))]
        for one in reads
    ]
    places: dict[tuple[int, int, int], list[Hit]] = defaultdict(list)
    for row, sentence, hit in spoken(reads, lexicon.cues_of):
        for number in lexicon.cues_of[hit[0]]:
            places[row, number, sentence].append(hit)
    for row, number, sentence in sorted(places):
        cue = lexicon.cues[number]
        if cue.within == "sentence":
            weight = -cue.weight if cue.effect == "veto" else cue.weight
            terms = terms_of(places[row, number, sentence], reads[row].tokens, weight)
            out[row].append(Cued(cue, sentence, terms))
    return out


def _cued_above(phrases: Iterable[int], lexicon: Lexicon) -> list[Cued]:
    numbers = {number for phrase in phrases for number in lexicon.cues_of.get(phrase, ())}
    cues = (lexicon.cues[number] for number in sorted(numbers))
    return [Cued(cue, -1, ()) for cue in cues if cue.within == "section" or cue.effect == "topic"]


def _own(one: Read) -> list[int]:
    """The numbers of the segment's sentences."""
    first, last = one.tokens.firsts[one.own : one.own + 2]
    return sorted(set(one.tokens.sentences[first:last].tolist()))


def _cued_by_lead(one: Read, lexicon: Lexicon) -> list[Cue]:
    """The vetoes in the sentence that introduces the list of which the segment is an item."""
    if not (one.segment.context and one.segment.context[-1].rstrip().endswith(":")):
        return []
    sentences, last = one.tokens.sentences, one.tokens.firsts[one.context + 1] - 1
    hits = _hits(one.context, one.found)
    phrases = [phrase for phrase, first, _ in hits if sentences[first] == sentences[last]]
    numbers = {number for phrase in phrases for number in lexicon.cues_of.get(phrase, ())}
    cues = (lexicon.cues[number] for number in sorted(numbers))
    return [cue for cue in cues if cue.within == "sentence" and cue.effect == "veto"]


def spoken(reads: Sequence[Read], among: Iterable[int]) -> Iterator[tuple[int, int, Hit]]:
    """(row, sentence, hit) of those phrases in the segments, in order of place.

    By arrays, since one hit in ten is a cue and one in fifty a principle.
    """
    if not reads:
        return
    given, found = reads[0].tokens, reads[0].found
    at = np.flatnonzero(np.isin(found.phrases[: found.bounds[len(reads)]], list(among)))
    rows = np.searchsorted(found.bounds, at, side="right") - 1
    phrases, firsts, lasts = found.phrases[at], found.firsts[at], found.lasts[at]
    columns = rows, given.sentences[firsts], phrases, firsts, lasts
    for row, sentence, *hit in zip(*(one.tolist() for one in columns), strict=True):
        yield row, sentence, tuple(hit)


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
    spoke = {(s.segment, s.source) for s in rule_signals(reads, lexicon) if s.effect == "support"}
    spoke |= {
        (one.segment.id, c.cue.id)
        for one, found in zip(reads, cued(reads, lexicon), strict=True)
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
