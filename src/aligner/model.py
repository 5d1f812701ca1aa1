"""Every type that flows through aligner, in the order of the flow.

Data only, frozen, built of tuples: behaviour lives in the stages (ingest, segment, match, assess,
report). What one stage makes the next one reads; nothing is changed on the way.
"""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - report/tables.py reads the types
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

# (page, x0, y0, x1, y1): page counts from 1; points (1/72 inch) from the top left corner of the
# page.
Box = tuple[int, float, float, float, float]

BlockKind = Literal["heading", "paragraph", "item", "row", "note"]
DocumentStatus = Literal["ok", "partial", "scanned", "empty", "encrypted", "broken", "too_large"]
Strength = Literal["full", "partial"]
Status = Literal["covered", "partial", "gap", "not_assessed"]
Effect = Literal["support", "veto"]
CueEffect = Literal["support", "veto", "topic"]
Scope = Literal["sentence", "segment"]
# What a passage does with a measure: promises, orders, schedules, pays for or runs it.
MeasureType = Literal["commitment", "mandate", "plan", "funding", "operation"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something the analyst should know that did not stop the work (codes: docs/messages.md)."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """What stands on a page: one heading, paragraph, bullet or numbered clause, table row or note.

    `number` is the mark in front ("3.2.", "(a)", "•"); `level` is 1 for the highest heading and 0
    for what is none. `context` of a row holds its column heads and the goal cell merged above.
    `language` is set where it is surely another than the document's.
    """

    text: str
    kind: BlockKind
    page: int
    level: int = 0
    boxes: tuple[Box, ...] = ()
    number: str = ""
    context: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy as it was read. `unread_pages` are pages with ink of which no text is known."""

    name: str
    sha256: str
    title: str
    language: str
    pages: int
    status: DocumentStatus
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()
    unread_pages: tuple[int, ...] = ()
    words: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """The unit that is judged: a paragraph, bullet, clause or table row.

    `text` is its own words only; `section` the headings above it, outermost first; `context` what
    it is read with: lead-in sentence, column heads, goal cell.
    """

    id: str
    kind: BlockKind
    text: str
    page: int
    page_end: int
    section: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a framework: id "5.b" in objective "5"; `paraphrase`: our wording."""

    id: str
    objective: str
    text: str
    paraphrase: bool = False


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective of a framework. `paraphrase`: its title is not the official wording."""

    id: str
    title: str
    commitment: str = ""
    paraphrase: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a framework file, with the file and the line (or row) it stands on."""

    code: str
    message: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Concept:
    """A notion of migration governance; `forms` are (language, phrases) pairs."""

    id: str
    forms: tuple[tuple[str, tuple[str, ...]], ...]
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that speak for an action: a phrase of each group of `all`, none of `unless`.

    Phrases are words (any grammatical form), words with `*` at the end, or `@concept`.
    """

    id: str
    action: str
    weight: float
    all: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ()
    within: Scope = "sentence"
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that say, for any action, how far a passage is evidence at all.

    `effect`: "support" (it commits), "veto" (it rejects, diagnoses, defines) or "topic" (it is
    about the framework's subject). `within` "sentence": what the sentence says; "section": what
    stands above it (headings, lead-in, column heads), unless one of the phrases `unless` stands in
    the same heading or in one below it. `measure`: in which way a sentence with these words
    commits. `language`: of the policies in which its words are looked for, empty for all.
    """

    id: str
    effect: CueEffect
    weight: float
    phrases: tuple[str, ...]
    within: Literal["sentence", "section"] = "sentence"
    measure: MeasureType | None = None
    language: str = ""
    unless: tuple[str, ...] = ()
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Principle:
    """A principle that cuts across all actions, and the words in which policies put it.

    Every part is by language: (language, name), and (language, phrases or sentences).
    """

    id: str
    names: tuple[tuple[str, str], ...]
    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    hits: tuple[tuple[str, tuple[str, ...]], ...] = ()
    misses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A passage in policy language, with the actions it is evidence for (none for a near miss)."""

    id: str
    text: str
    labels: tuple[tuple[str, Strength], ...]
    near: tuple[str, ...] = ()
    kind: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the matchers' scores become a probability: log-odds = bias + sum of weight times feature.

    `accept` is the lowest probability from which a match may count (combine.threshold finds that of
    a policy), `full` that from which it counts as full. `gap` turns the probability p of the
    nearest passage into the trust in a gap: log-odds = gap[0] - gap[1] times the log-odds of p.
    `priors` is the feature that each action brings along: how much more often (log-odds) labelled
    policies have it than its words suggest. `learnt` says from which labelled policies the numbers
    come.
    """

    bias: float
    weights: tuple[tuple[str, float], ...]
    accept: float
    full: float
    learnt: tuple[str, ...] = ()
    gap: tuple[float, float] = (0.0, 1.0)
    priors: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """A linear machine for a language: which words, and pairs of words, commit or only tell.

    Feature i is a word as it is written or two neighbours ("will be"), with the weight weights[i]
    and the rarity idf[i]; a passage commits above 0.
    """

    language: str
    intercept: float
    features: tuple[str, ...]
    idf: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """The actions policies are held against, and the knowledge used to recognise them."""

    id: str
    title: str
    version: str
    sha256: str
    objectives: tuple[Objective, ...]
    actions: tuple[Action, ...]
    faults: tuple[Fault, ...] = ()
    rules: tuple[Rule, ...] = ()
    concepts: tuple[Concept, ...] = ()
    cues: tuple[Cue, ...] = ()
    exemplars: Sequence[Exemplar] = ()
    fusion: Fusion | None = None
    principles: tuple[Principle, ...] = ()
    promises: tuple[Promise, ...] = ()

    def outline(self) -> Framework:
        """The framework without the knowledge: what an Analysis carries along."""
        bare = replace(self, rules=(), concepts=(), cues=(), exemplars=(), fusion=None)
        return replace(bare, principles=(), promises=())


class Term(NamedTuple):
    """Characters start..end of Segment.text that spoke for (weight > 0) or against a match.

    A long policy has 30,000 of them: as a tuple each is made in half of the time.
    """

    start: int
    end: int
    weight: float


class Signal(NamedTuple):
    """What one matcher saw: how much, by which rule or exemplar (`source`), in which words.

    The score is a cosine (0 to 1), a rule's weight (0 to 1), or for the linear model the distance
    from the line that parts evidence from the rest (above 0: evidence). `context_terms` are words
    that it found in the headings or the lead-in, not in the text. `rest` is what a sum of words
    holds beside the terms: score = rest + the weights of the terms.
    """

    segment: str
    action: str
    matcher: str
    score: float
    effect: Effect = "support"
    source: str = ""
    terms: tuple[Term, ...] = ()
    context_terms: tuple[str, ...] = ()
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A segment that commits to something, in which way, and the words that say so.

    `on_topic`: its own words speak of the framework's subject.
    """

    segment: str
    type: MeasureType
    terms: tuple[Term, ...] = ()
    on_topic: bool = True


@dataclass(frozen=True, slots=True)
class Mention:
    """A segment that speaks of a principle, and the words that say so."""

    segment: str
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class PrincipleFinding:
    """The passages that speak of a principle, in the order of the text; names by language."""

    principle: str
    names: tuple[tuple[str, str], ...]
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A segment and an action, the probability that one is evidence for the other, and why.

    `vetoed`: it would have been accepted, but its words stand where the policy rejects or defers.
    `measure`: what the segment does with it; none where it only speaks of it.
    """

    segment: str
    action: str
    confidence: float
    accepted: bool
    strength: Strength
    signals: tuple[Signal, ...] = ()
    vetoed: bool = False
    measure: MeasureType | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the policy says about one action.

    `matches`: the accepted evidence, best first. `set_aside`: what a veto cost. `nearest`: the best
    passages that fell short. `searched`: the words that were looked for.
    """

    action: str
    status: Status
    confidence: float
    matches: tuple[Match, ...] = ()
    set_aside: tuple[Match, ...] = ()
    nearest: tuple[Match, ...] = ()
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectiveFinding:
    """The findings of one objective rolled up: how many of its actions have which status."""

    objective: str
    status: Status
    confidence: float
    covered: int
    partial: int
    gap: int
    not_assessed: int = 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """A policy held against a framework: complete, so that every report is a function of it alone.

    `framework` is an outline and `document` has no blocks: the segments stand for them. `matches`
    holds the accepted ones and the best of the rejected, sorted by segment and action; `measures`
    every segment that commits to something, whether an action of the framework fits it or not;
    `principles` what is said of each guiding principle.
    """

    document: Document
    framework: Framework
    segments: tuple[Segment, ...]
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]
    objectives: tuple[ObjectiveFinding, ...]
    options: tuple[tuple[str, str], ...] = ()
    version: str = ""
    notes: tuple[Note, ...] = ()
    measures: tuple[Measure, ...] = ()
    principles: tuple[PrincipleFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be read: what happened and what to do about it."""

    source: str
    code: str
    message: str
    hint: str
    exit_code: int = field(default=3)


# ---------------------------------------------------------------- scoring against labels


@dataclass(frozen=True, slots=True)
class Label:
    """An action that a unit is evidence for; optional when only one of two annotators said so."""

    action: str
    strength: Strength
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A paragraph, bullet, clause or table row that was labelled."""

    id: str
    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1, None where there is nothing to count.

    Precision is over accepted matches, recall over labels; kappa is weighted by squares (Cohen,
    1968) over three statuses. `gaps_true` is the share of reported gaps that are gaps, `whole` the
    share of units that one segment holds.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    action_f1: float | None
    kappa: float | None
    objective_f1: float | None
    gaps_true: float | None
    whole: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of an objective, a type of measure or a whole policy, and its figures.

    `found` of the `labels`, `right` of the `accepted` matches, and how many `gaps` were reported.
    Kappa and gaps are None for types of measure: what is a gap has no type.
    """

    name: str
    labels: int
    found: int
    accepted: int
    right: int
    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    kappa: float | None = None
    gaps: int | None = None
    gaps_true: float | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """A label that was not found, or an accepted match without label (a false alarm).

    `place` names the unit or the segment; `page` and `section` are empty for what was not read.
    `instead`: the actions that the passage was labelled with (or was found for). `why`, in words.
    """

    kind: Literal["missed", "false alarm"]
    action: str
    place: str
    text: str
    match: Match | None = None
    strength: Strength = "partial"
    policy: str = ""
    page: str = ""
    section: str = ""
    measure: MeasureType | None = None
    instead: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """One policy held against its labels; `name` says which, `notes` what to mind."""

    name: str
    quality: Quality
    tally: Tally
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One or many policies held against their labels.

    `mean` is over the policies, each counting the same; `objectives` and `measures` count the
    passages of all together.
    """

    policies: tuple[Scored, ...]
    mean: Quality
    objectives: tuple[Tally, ...]
    measures: tuple[Tally, ...]
    misses: tuple[Miss, ...]
    framework: Framework
    version: str = ""
