"""Keyword rules and cues: which words of a segment speak for an action, or against any.

Rules and cues are data (seeds/gcm/rules.toml, concepts.toml, cues.toml). Their phrases are looked
up all at once; a rule speaks when each of its groups has a phrase in the same sentence (or segment)
and none of its `unless` phrases stands there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aligner.model import Fault, Segment, Signal, Term
from aligner.text import PhraseFinder, Tokens, folded_words, phrase_words, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.model import Cue, Framework, Rule

# (phrase, first token, token after the last); a hit in the headings has no place in the text.
Hit = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where the groups of a rule have to stand together: the hits of a sentence or a segment."""

    hits: tuple[Hit, ...]
    phrases: frozenset[int]


@dataclass(frozen=True, slots=True)
class Read:
    """A segment cut into tokens, with the phrases found in it and in what it is read with.

    `sentences` are the hits sentence by sentence, `whole` all of them, each with the set of their
    phrases; `context_hits` are those in headings and lead-in.
    """

    segment: Segment
    tokens: Tokens
    hits: tuple[Hit, ...]
    sentences: tuple[_Scope, ...]
    whole: _Scope
    context: Tokens
    context_hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A rule with its phrases as numbers; `anchor` is the group that stands in the fewest rules."""

    rule: Rule
    groups: tuple[frozenset[int], ...]
    unless: frozenset[int]
    anchor: frozenset[int]


class Lexicon:
    """The phrases of rules and cues of one language, concepts spelled out."""

    def __init__(self, framework: Framework, language: str = "en") -> None:
        """Numbers the distinct phrases; nothing is searched yet."""
        self.language = language
        self._forms = {c.id: dict(c.forms).get(language, ()) for c in framework.concepts}
        self._numbers: dict[tuple[str, ...], int] = {}
        self._concepts: dict[int, set[str]] = defaultdict(set)
        spelled = [
            (rule, tuple(map(self._all, rule.all)), self._all(rule.unless))
            for rule in framework.rules
        ]
        for concept in framework.concepts:
            self._all((f"@{concept.id}",))
        often = Counter(phrase for _, groups, _ in spelled for g in groups for phrase in g)
        self.rules = [_Spelled(*one, _anchor(one[1], often)) for one in spelled]
        self.cues = framework.cues
        self.cues_of: dict[int, list[int]] = defaultdict(list)
        for number, cue in enumerate(framework.cues):
            for phrase in sorted(self._all(cue.phrases)):
                self.cues_of[phrase].append(number)
        self.concepts_of = {n: tuple(sorted(c)) for n, c in self._concepts.items()}
        self.phrases = list(self._numbers)
        self.finder = PhraseFinder(self.phrases, language)

    def _all(self, group: Iterable[str]) -> frozenset[int]:
        """The numbers of a group's phrases, `@concept` replaced by its forms."""
        out: set[int] = set()
        for phrase in group:
            if phrase.startswith("@"):
                forms = {self._number(form) for form in self._forms[phrase[1:]]}
                for number in forms:
                    self._concepts[number].add(phrase)
                out |= forms
            else:
                out.add(self._number(phrase))
        return frozenset(out)

    def _number(self, phrase: str) -> int:
        return self._numbers.setdefault(phrase_words(phrase), len(self._numbers))

    def anchored(self) -> dict[int, list[int]]:
        """The rules to look at when a phrase was found: those of whose anchor it is.

        "Establish" stands in many rules and is found everywhere: a rule is looked at only when its
        rarest group was found.
        """
        owners: dict[int, list[int]] = defaultdict(list)
        for number, spelled in enumerate(self.rules):
            for phrase in sorted(spelled.anchor):
                owners[phrase].append(number)
        return owners


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


def _anchor(groups: tuple[frozenset[int], ...], often: Counter[int]) -> frozenset[int]:
    """The group whose phrases stand in the fewest rules; one without phrases never speaks."""
    return min(
        groups, key=lambda group: sum(often[phrase] for phrase in group) / max(len(group), 1)
    )


def read(segments: Sequence[Segment], lexicon: Lexicon) -> list[Read]:
    """Every segment with the phrases of the lexicon that stand in it."""
    contexts = [". ".join((*s.section, *s.context)) for s in segments]
    texts = [*(s.text for s in segments), *set(contexts)]
    vocabulary = set[str]().union(*map(folded_words, texts))
    finder = lexicon.finder
    finder.meet(vocabulary)
    seen: dict[str, tuple[Tokens, tuple[Hit, ...]]] = {}

    def find(text: str) -> tuple[Tokens, tuple[Hit, ...]]:
        given = tokens(text, lexicon.language)
        return given, tuple(finder.find(given))

    out = []
    for segment, context in zip(segments, contexts, strict=True):
        if context not in seen:
            seen[context] = find(context)
        given, hits = find(segment.text)
        sentences = _by_sentence(given, hits)
        out.append(Read(segment, given, hits, sentences, _scope(hits), *seen[context]))
    return out


def _scope(hits: Iterable[Hit]) -> _Scope:
    held = tuple(hits)
    return _Scope(held, frozenset(hit[0] for hit in held))


def _by_sentence(given: Tokens, hits: Iterable[Hit]) -> tuple[_Scope, ...]:
    scopes: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        scopes[given.sentences[hit[1]]].append(hit)
    return tuple(_scope(scopes[number]) for number in sorted(scopes))


def concepts(hits: Iterable[Hit], lexicon: Lexicon) -> list[str]:
    """The concepts ("@recruitment_fee") whose words were found, each once, in order of place."""
    found = (name for hit in hits for name in lexicon.concepts_of.get(hit[0], ()))
    return list(dict.fromkeys(found))


def rule_signals(reads: Sequence[Read], lexicon: Lexicon) -> list[Signal]:
    """A signal for each segment and rule that speaks or is vetoed by its own `unless`.

    The score is the rule's weight, or four fifths of it when a group was found only in the headings
    or the lead-in. Terms weigh the same within a rule.
    """
    owners = lexicon.anchored()
    return [signal for one in reads for signal in _speaking(one, lexicon, owners)]


def _speaking(one: Read, lexicon: Lexicon, owners: dict[int, list[int]]) -> list[Signal]:
    lent = frozenset(hit[0] for hit in one.context_hits)
    candidates = sorted({n for phrase in one.whole.phrases | lent for n in owners.get(phrase, ())})
    signals = (_apply(lexicon.rules[number], one, lent=lent) for number in candidates)
    return [signal for signal in signals if signal]


def _apply(spelled: _Spelled, one: Read, *, lent: frozenset[int]) -> Signal | None:
    """The best of what a rule finds: in one sentence, or in the segment with its context."""
    alone = spelled.rule.within == "sentence"
    vetoed = None
    for scope in one.sentences if alone else (one.whole,):
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
    wanted = frozenset[int]().union(*spelled.groups)
    lacked = frozenset[int]().union(*missing)
    borrowed = [hit for hit in one.context_hits if hit[0] in lacked][:3]
    return Signal(
        segment=one.segment.id,
        action=spelled.rule.action,
        matcher="rules",
        score=round(score, 6),
        source=spelled.rule.id,
        terms=_terms([hit for hit in scope if hit[0] in wanted], one.tokens, score),
        context_terms=tuple(" ".join(one.context.stems[a:b]) for _, a, b in borrowed),
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
        terms=_terms([hit for hit in scope if hit[0] in spelled.unless], one.tokens, -rule.weight),
    )


def _terms(hits: Iterable[Hit], given: Tokens, weight: float) -> tuple[Term, ...]:
    places = sorted({(given.starts[a], given.ends[b - 1]) for _, a, b in hits})
    return tuple(Term(start, end, round(weight, 6)) for start, end in places)


@dataclass(frozen=True, slots=True)
class Cued:
    """A cue found in a segment: in sentence `sentence`, or in its headings (-1)."""

    cue: Cue
    sentence: int
    terms: tuple[Term, ...]


def cued(one: Read, lexicon: Lexicon) -> list[Cued]:
    """The cues found in a segment's sentences and in the headings above it, headings first.

    What a passage is about may be said in the headings alone, so topic cues are looked for in both.
    """
    above = {n for hit in one.context_hits for n in lexicon.cues_of.get(hit[0], ())}
    places: dict[tuple[int, int], list[Hit]] = defaultdict(list)
    for hit in one.hits:
        for number in lexicon.cues_of.get(hit[0], ()):
            places[number, one.tokens.sentences[hit[1]]].append(hit)
    out = []
    for number, cue in enumerate(lexicon.cues):
        if number in above and (cue.within == "section" or cue.effect == "topic"):
            out.append(Cued(cue, -1, ()))
    for number, sentence in sorted(places):
        cue = lexicon.cues[number]
        if cue.within == "sentence":
            weight = -cue.weight if cue.effect == "veto" else cue.weight
            hits = places[number, sentence]
            out.append(Cued(cue, sentence, _terms(hits, one.tokens, weight)))
    return out


def check(framework: Framework) -> tuple[Fault, ...]:
    """Every example that a rule or cue gets wrong: a hit that is not found, a miss that is."""
    lexicon = Lexicon(framework)
    owners: list[tuple[Rule | Cue, str, bool]] = [
        (owner, text, wanted)
        for owner in _owners(framework)
        for texts, wanted in ((owner.hits, True), (owner.misses, False))
        for text in texts
    ]
    reads = read([_example(i, text) for i, (_, text, _) in enumerate(owners)], lexicon)
    spoke = {(s.segment, s.source) for s in rule_signals(reads, lexicon) if s.effect == "support"}
    spoke |= {(one.segment.id, c.cue.id) for one in reads for c in cued(one, lexicon)}
    return tuple(
        Fault(
            code="hit" if wanted else "miss",
            message=f"{owner.id} should {'' if wanted else 'not '}match: {text}",
            file=owner.file,
            line=owner.line,
        )
        for i, (owner, text, wanted) in enumerate(owners)
        if ((str(i), owner.id) in spoke) != wanted
    )


def _owners(framework: Framework) -> Iterator[Rule | Cue]:
    yield from framework.rules
    yield from framework.cues


def _example(number: int, text: str) -> Segment:
    """An example as a segment; for cues of headings it is a heading too."""
    return Segment(str(number), "paragraph", text, 1, 1, section=(text,))
