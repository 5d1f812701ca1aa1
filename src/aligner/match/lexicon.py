"""The phrases of rules, cues, concepts and principles, and where a document has them.

They are data (seeds/gcm/rules.toml, concepts.toml, cues.toml, principles.toml). All are looked up
at once in all segments, with what stands above these; rules.py, cues.py and principles.py then say
what the phrases found make of a segment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from aligner.match.promise import machine_of
from aligner.match.vectors import Placed
from aligner.text import Found, PhraseFinder, Tokens, phrase_stems, ranges, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aligner.model import Framework, Rule, Segment

Name = TypeVar("Name")


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


@dataclass(frozen=True, slots=True)
class Spelled:
    """A rule with its phrases as numbers."""

    rule: Rule
    groups: tuple[frozenset[int], ...]
    wanted: frozenset[int]
    unless: frozenset[int]


@dataclass(frozen=True, slots=True)
class Table:
    """R rules of one scope, with G groups, against P phrases, as ones in sparse matrices.

    `groups` (P x G): the phrases of each group; `owners` (G x R): the rule of each; `sizes` (R):
    how many groups a rule has; `unless` (P x R): its vetoes. Its rules are Lexicon.rules[numbers].
    All rules are put to all sentences in a few products: one by one they took four times as long.
    """

    numbers: np.ndarray
    sizes: np.ndarray
    groups: Any
    owners: Any
    unless: Any


class Lexicon:
    """The phrases of rules, concepts, cues and principles in one language, as numbers.

    `phrases[i]` is phrase i, as `finder` finds it. `tables` are the `rules` by their scope;
    `cues_of` and `principles_of` give the cues (their places in `cues`) and the principles of a
    phrase; `unless` has the phrases that take each cue back, `cued` marks all of both; `named` has
    a one for each phrase (row) and concept (column; `concepts`).
    """

    def __init__(self, framework: Framework, language: str = "en") -> None:
        """Numbers the distinct phrases; nothing is searched yet."""
        self.language = language
        self.cues = tuple(one for one in framework.cues if one.language in ("", language))
        said = [dict(one.phrases).get(language, ()) for one in framework.principles]
        forms = {f"@{one.id}": dict(one.forms).get(language, ()) for one in framework.concepts}
        groups = [group for one in framework.rules for group in (*one.all, one.unless)]
        groups += [tuple(forms), *said]
        groups += [phrases for one in self.cues for phrases in (one.phrases, one.unless)]
        self.phrases, self._members = _numbered(groups, forms, language)
        self.rules = [self._spelled(rule) for rule in framework.rules]
        self.tables = self._tables()
        self.concepts = sorted(forms)
        self.named = _ones([self._members[one] for one in self.concepts], len(self.phrases))
        self.cues_of = _owners(range(len(self.cues)), [self._all(one.phrases) for one in self.cues])
        self.unless = [self._all(one.unless) for one in self.cues]
        self.cued = np.zeros(len(self.phrases), dtype=bool)
        self.cued[list(frozenset(self.cues_of).union(*self.unless))] = True
        ids = [one.id for one in framework.principles]
        self.principles_of = _owners(ids, map(self._all, said))
        self.finder = PhraseFinder(self.phrases, language)
        self.promise = machine_of(framework.promises, language)

    def _tables(self) -> dict[str, Table]:
        """The rules of each scope (Rule.within) that has some."""
        parted = defaultdict(list)
        for number, one in enumerate(self.rules):
            parted[one.rule.within].append((number, one))
        return {within: _table(rules, len(self.phrases)) for within, rules in parted.items()}

    def _spelled(self, rule: Rule) -> Spelled:
        groups = tuple(map(self._all, rule.all))
        return Spelled(rule, groups, frozenset().union(*groups), self._all(rule.unless))

    def _all(self, group: Iterable[str]) -> frozenset[int]:
        """The numbers of a group's phrases, `@concept` replaced by its forms."""
        return frozenset().union(*(self._members[phrase] for phrase in group))


def _numbered(
    groups: Iterable[Iterable[str]], forms: Mapping[str, Iterable[str]], language: str
) -> tuple[list[tuple[str, ...]], dict[str, frozenset[int]]]:
    """The distinct phrases of groups, stemmed, and the numbers of each, as it is written.

    Those of a concept ("@recruitment_fee") are its forms'. Grammatical forms of one phrase are one:
    "implements" and "implementing" would be found in the same places, and half as much again.
    """
    written = dict.fromkeys(chain.from_iterable(groups))
    spelled = list(dict.fromkeys(chain.from_iterable(forms.get(one, (one,)) for one in written)))
    stems = [phrase_stems(phrase, language) for phrase in spelled]
    numbers = {one: number for number, one in enumerate(dict.fromkeys(stems))}
    of = dict(zip(spelled, map(numbers.__getitem__, stems), strict=True))
    members = {one: frozenset(of[form] for form in forms.get(one, (one,))) for one in written}
    return list(numbers), members


def _owners(names: Iterable[Name], phrases: Iterable[frozenset[int]]) -> dict[int, list[Name]]:
    """The names that each phrase stands for, in the order of the names."""
    out = defaultdict(list)
    for name, numbers in zip(names, phrases, strict=True):
        for number in numbers:
            out[number].append(name)
    return out


def _table(rules: Sequence[tuple[int, Spelled]], phrases: int) -> Table:
    groups = [group for _, one in rules for group in one.groups]
    sizes = np.array([len(one.groups) for _, one in rules])
    firsts = np.cumsum(sizes) - sizes
    return Table(
        numbers=np.array([number for number, _ in rules]),
        sizes=sizes,
        groups=_ones(groups, phrases),
        owners=_ones([range(a, a + b) for a, b in zip(firsts, sizes, strict=True)], len(groups)),
        unless=_ones([one.unless for _, one in rules], phrases),
    )


def _ones(columns: Sequence[Collection[int]], height: int) -> Any:
    """A sparse matrix (height x columns) with a one in the rows that each column names."""
    import scipy.sparse as sp

    ends = np.cumsum([0, *map(len, columns)])
    rows = np.fromiter(chain.from_iterable(columns), dtype=np.int32, count=ends[-1])
    held = np.ones(len(rows), dtype=np.int32), rows, ends
    return sp.csc_matrix(held, shape=(height, len(columns))).tocsr()


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


def placed_concepts(found: Found, lexicon: Lexicon) -> Placed:
    """The concepts in all texts."""
    named = lexicon.named
    counts = np.diff(named.indptr)[found.phrases]
    which = named.indices[ranges(named.indptr[found.phrases], counts)]
    lengths = np.diff(found.bounds)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    rows, firsts, lasts = np.repeat([rows, found.firsts, found.lasts], counts, axis=1)
    names, ends = lexicon.concepts, np.arange(len(lexicon.concepts) + 1)
    return Placed(len(lengths), names, ends, which, rows, firsts, lasts, once=True)
