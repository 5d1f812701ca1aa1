"""Read the knowledge of a framework: concepts, rules, cues, principles (TOML), exemplars (JSONL).

All of it is data that an analyst can change, so it is read strictly: a misspelt key, an action that
does not exist or a phrase that means nothing is an error with file and line, never a silent zero.
Phrases are plain words; there is no pattern language that a long text could bring to a halt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from aligner.errors import FrameworkError
from aligner.framework.exemplars import Exemplars
from aligner.framework.fusion import read_fusion
from aligner.framework.promise import read_promises
from aligner.framework.source import Source, failure, open_source
from aligner.framework.strict import (
    Entry,
    choice,
    entries,
    only,
    strings,
    table_lines,
    text,
    texts,
    texts_by_language,
    texts_table,
    top_of,
    weight,
    wrong,
)
from aligner.model import (
    Concept,
    Cue,
    CueEffect,
    Fault,
    Fusion,
    MeasureType,
    Principle,
    Promise,
    Rule,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_ID = re.compile(r"\w[\w.-]{0,79}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_STAR = re.compile(r"[\w'’]{3,}\*")
_PATTERN_SIGNS = frozenset("()[]{}|\\+?^$")
# The one mark that is a phrase: it says that a sentence asks.
_QUESTION = "?"
_MAX_PHRASE = 200
# Words and what joins them: nothing can be wrong with most phrases, and to see that is quick.
_PLAIN = re.compile(rf"[^\W_][\w '’-]{{0,{_MAX_PHRASE - 1}}}")
_ALL_PLAIN = re.compile(rf"{_PLAIN.pattern}(?:\n{_PLAIN.pattern})*")
_TABLES = (
    "concepts.toml", "rules.toml", "cues.toml", "principles.toml", "fusion.json", "promise.tsv",
)  # fmt: skip
_RULE_KEYS = {"id", "action", "weight", "all", "unless", "within", "hits", "misses"}
_CUE_KEYS = {
    "id", "language", "effect", "weight", "within", "measure", "phrases", "unless", "hits",
    "misses",
}  # fmt: skip
Thing = TypeVar("Thing")
Found = tuple[tuple[Thing, ...], list[FrameworkError]]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What helps to recognise the actions; `errors` are what makes it unusable, all of them.

    All but those of the exemplars, which are not read yet.
    """

    concepts: tuple[Concept, ...] = ()
    rules: tuple[Rule, ...] = ()
    cues: tuple[Cue, ...] = ()
    exemplars: Exemplars = field(default_factory=Exemplars)
    fusion: Fusion | None = None
    promises: tuple[Promise, ...] = ()
    principles: tuple[Principle, ...] = ()
    faults: tuple[Fault, ...] = ()
    errors: tuple[FrameworkError, ...] = ()
    sources: tuple[Source, ...] = ()


def read_knowledge(
    folder: Path, *, actions: frozenset[str], borrowed: Knowledge | None = None
) -> Knowledge:
    """The knowledge in a pack's folder; what it has no file for is `borrowed` from another pack.

    Concepts are added to the borrowed ones, since borrowed rules and cues speak of those.
    """
    lent = borrowed or Knowledge()
    files, errors = _open(folder)
    banks = [file for name, file in files.items() if name.endswith(".jsonl")]
    fusions, wrong_fusion = _each([files[n] for n in ("fusion.json",) if n in files], read_fusion)
    told, wrong_told = _each([files[n] for n in ("promise.tsv",) if n in files], read_promises)
    own, wrong_concepts = _read(files.get("concepts.toml"), read_concepts)
    names = frozenset(concept.id for concept in own)
    concepts = (*own, *(concept for concept in lent.concepts if concept.id not in names))
    names = frozenset(concept.id for concept in concepts)
    rule_reader = partial(read_rules, actions=actions, concepts=names)
    rules, wrong_rules = _read(files.get("rules.toml"), rule_reader)
    cues, wrong_cues = _read(files.get("cues.toml"), partial(read_cues, concepts=names))
    principles, wrong_principles = _read(files.get("principles.toml"), read_principles)
    return Knowledge(
        concepts=concepts,
        rules=rules if "rules.toml" in files else lent.rules,
        cues=cues if "cues.toml" in files else lent.cues,
        exemplars=Exemplars(banks, known=actions) if banks else lent.exemplars,
        fusion=fusions[0] if fusions else lent.fusion,
        promises=told[0] if told else lent.promises,
        principles=principles if "principles.toml" in files else lent.principles,
        faults=(
            *(() if "rules.toml" in files else lent.faults),
            # Machines that learn from exemplars read every concept.
            *(() if banks else _unused(own, rules=rules, cues=cues)),
            *_untested(cues),
        ),
        errors=(
            *(*errors, *wrong_concepts, *wrong_rules, *wrong_cues, *wrong_principles),
            *(*wrong_fusion, *wrong_told),
        ),
        sources=(*lent.sources, *files.values()),
    )


def read_concepts(source: Source) -> Found[Concept]:
    """The concepts of concepts.toml, and every error in it."""
    top = top_of(source)
    only(top, {"concept"})
    tables = top.table.get("concept", {})
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise wrong(top, "write each concept as [concept.name].")
    lines = table_lines(source, "concept")
    found = [(name, Entry(source, table, lines.get(name, 0))) for name, table in tables.items()]
    return _each(found, lambda pair: _concept(pair[1], pair[0]))


def read_rules(source: Source, *, actions: frozenset[str], concepts: frozenset[str]) -> Found[Rule]:
    """The rules of rules.toml, and every error in it."""
    top = top_of(source)
    only(top, {"rule"})
    rules, errors = _each(entries(top, "rule"), partial(_rule, concepts=concepts))
    for rule in rules:
        if rule.action not in actions:
            message = f"rule {rule.id}: there is no action {rule.action}."
            errors.append(failure(source, message, line=rule.line))
    return rules, sorted([*errors, *_repeated(source, rules)], key=lambda error: error.line)


def read_cues(source: Source, *, concepts: frozenset[str]) -> Found[Cue]:
    """The cues of cues.toml, and every error in it."""
    top = top_of(source)
    only(top, {"cue"})
    cues, errors = _each(entries(top, "cue"), partial(_cue, concepts=concepts))
    return cues, sorted([*errors, *_repeated(source, cues)], key=lambda error: error.line)


def read_principles(source: Source) -> Found[Principle]:
    """The guiding principles of principles.toml, and every error in it."""
    top = top_of(source)
    only(top, {"principle"})
    principles, errors = _each(entries(top, "principle"), _principle)
    return principles, sorted([*errors, *_repeated(source, principles)], key=lambda e: e.line)


def _open(folder: Path) -> tuple[dict[str, Source], list[FrameworkError]]:
    """The files of knowledge in a folder by name, in a fixed order."""
    tables = [folder / name for name in _TABLES]
    banks = sorted((folder / "exemplars").glob("*.jsonl"), key=lambda path: path.name)
    there = [path for path in (*tables, *banks) if path.exists()]
    found, errors = _each(
        there,
        lambda path: open_source(path, f"{folder.name}/{path.relative_to(folder).as_posix()}"),
    )
    return {source.path.name: source for source in found}, errors


def _read(source: Source | None, reader: Callable[[Source], Found[Thing]]) -> Found[Thing]:
    """What the reader finds in a file, () where there is none; a file it gives up is an error."""
    try:
        return reader(source) if source else ((), [])
    except FrameworkError as error:
        return (), [error]


Item = TypeVar("Item")


def _each(items: Iterable[Item], build: Callable[[Item], Thing]) -> Found[Thing]:
    """Build every item, so that an analyst sees all errors of a file and not only the first."""
    found, errors = [], []
    for item in items:
        try:
            found.append(build(item))
        except FrameworkError as error:
            errors.append(error)
    return tuple(found), errors


def _concept(entry: Entry, name: str) -> Concept:
    _checked_id(entry, name)
    forms = []
    for language, value in entry.table.items():
        if not _LANGUAGE.fullmatch(language):
            message = f"concept {name}: '{language}' is not the code of a language."
            raise wrong(entry, message, hint="Write for example: en = [...]")
        phrases = strings(entry, value, what=f"concept {name}: '{language}'")
        _check_phrases(entry, phrases, concepts=None)
        forms.append((language, phrases))
    if not any(phrases for _, phrases in forms):
        raise wrong(entry, f"concept {name} has no words.")
    return Concept(name, tuple(forms), entry.source.label, entry.line)


def _rule(entry: Entry, *, concepts: frozenset[str]) -> Rule:
    only(entry, _RULE_KEYS)
    groups, unless = _groups(entry), texts(entry, "unless")
    for group in (*groups, unless):
        _check_phrases(entry, group, concepts=concepts)
    hits, misses = texts(entry, "hits"), texts(entry, "misses")
    if len(hits) < 2 or not misses:
        hint = "Give sentences that the rule must find, and one that it must not."
        raise wrong(entry, "a rule needs at least two hits and one miss.", hint=hint)
    return Rule(
        id=_checked_id(entry, text(entry, "id")),
        action=text(entry, "action"),
        weight=weight(entry),
        all=groups,
        unless=unless,
        within=cast("Scope", choice(entry, "within", known=("sentence", "segment"))),
        hits=hits,
        misses=misses,
        file=entry.source.label,
        line=entry.line,
    )


def _groups(entry: Entry) -> tuple[tuple[str, ...], ...]:
    """The groups of alternatives of a rule, none of them empty."""
    groups = entry.table.get("all")
    if not isinstance(groups, list) or not groups:
        hint = 'Write for example: all = [["@migrant"], ["visa*"]]'
        raise wrong(entry, "'all' must be a list of groups.", hint=hint)
    found = tuple(strings(entry, group, what="a group") for group in groups)
    if not all(found):
        raise wrong(entry, "a group is empty.", hint="It could never be found.")
    return found


def _cue(entry: Entry, *, concepts: frozenset[str]) -> Cue:
    only(entry, _CUE_KEYS)
    name = _checked_id(entry, text(entry, "id"))
    phrases = texts(entry, "phrases")
    if not phrases:
        raise wrong(entry, f"cue {name} has no phrases.")
    unless = texts(entry, "unless")
    _check_phrases(entry, (*phrases, *unless), concepts=concepts)
    text(entry, "effect")  # it has no default: a cue that vetoes by mistake hides evidence
    within = choice(entry, "within", known=("sentence", "section"))
    if unless and within == "sentence":
        hint = 'They are looked for in headings: within = "section".'
        raise wrong(entry, f"cue {name} has 'unless' phrases.", hint=hint)
    kinds = get_args(MeasureType)
    measure = choice(entry, "measure", known=kinds) if "measure" in entry.table else None
    return Cue(
        id=name,
        effect=cast("CueEffect", choice(entry, "effect", known=("veto", "support", "topic"))),
        weight=weight(entry),
        phrases=phrases,
        within="section" if within == "section" else "sentence",
        measure=cast("MeasureType | None", measure),
        language=_language(entry, name) if "language" in entry.table else "",
        unless=unless,
        hits=texts(entry, "hits"),
        misses=texts(entry, "misses"),
        file=entry.source.label,
        line=entry.line,
    )


def _language(entry: Entry, name: str) -> str:
    language = text(entry, "language")
    if not _LANGUAGE.fullmatch(language):
        message = f"cue {name}: '{language}' is not the code of a language."
        raise wrong(entry, message, hint='Write for example: language = "fr"')
    return language


def _principle(entry: Entry) -> Principle:
    only(entry, {"id", "names", "phrases", "hits", "misses"})
    name = _checked_id(entry, text(entry, "id"))
    phrases = texts_by_language(entry, "phrases")
    for _, group in phrases:
        _check_phrases(entry, group, concepts=None)
    hits, misses = texts_by_language(entry, "hits"), texts_by_language(entry, "misses")
    untested = dict(phrases).keys() - (dict(hits).keys() & dict(misses).keys())
    if untested:
        hint = "Give sentences that must be found, and one that must not, in each language."
        raise wrong(entry, f"{name} has no examples in: {', '.join(sorted(untested))}.", hint=hint)
    names = tuple(texts_table(entry, "names"))
    if "en" not in dict(names):
        raise wrong(entry, f"{name} has no English name.")
    return Principle(name, names, phrases, hits, misses, entry.source.label, entry.line)


def _checked_id(entry: Entry, name: str) -> str:
    if not _ID.fullmatch(name):
        hint = "Use letters, digits, '_', '-' and '.'."
        raise wrong(entry, f"'{name[:40]}' cannot be an id.", hint=hint)
    return name


def _check_phrases(
    entry: Entry, phrases: tuple[str, ...], *, concepts: frozenset[str] | None
) -> None:
    """FrameworkError for the first phrase that is wrong; `concepts` None: none may be named."""
    if _ALL_PLAIN.fullmatch("\n".join(phrases)):
        return
    for phrase in phrases:
        if not _PLAIN.fullmatch(phrase) and (fault := _phrase_fault(phrase, concepts)):
            hint = "A phrase is words, a word with * at its end, or @concept."
            raise wrong(entry, f"the phrase '{phrase[:60]}' {fault}", hint=hint)


def _phrase_fault(phrase: str, concepts: frozenset[str] | None) -> str:
    """What is wrong with a phrase, "" when nothing is."""
    if phrase == _QUESTION:
        return ""
    if signs := sorted(_PATTERN_SIGNS & set(phrase)):
        return f"holds {' '.join(signs)}, which phrases do not know."
    if "@" in phrase:
        return _reference_fault(phrase, concepts)
    if len(phrase) > _MAX_PHRASE:
        return f"is longer than {_MAX_PHRASE} characters."
    stars = re.split(r"[\s-]+", phrase) if "*" in phrase else ()
    if not all(_STAR.fullmatch(word) for word in stars if "*" in word):
        return "has a * that is not at the end of a word of three letters or more."
    return "" if re.search(r"\w", phrase) else "holds no word."


def _reference_fault(phrase: str, concepts: frozenset[str] | None) -> str:
    if concepts is None:
        return "names a concept inside a concept."
    known = phrase.startswith("@") and phrase[1:] in concepts
    return "" if known else "names a concept that does not exist."


def _repeated(
    source: Source, things: tuple[Rule, ...] | tuple[Cue, ...] | tuple[Principle, ...]
) -> Iterator[FrameworkError]:
    seen: dict[str, int] = {}
    for thing in things:
        if thing.id in seen:
            message = f"the id {thing.id} stands already on line {seen[thing.id]}."
            yield failure(source, message, hint="Give each its own id.", line=thing.line)
        seen.setdefault(thing.id, thing.line)


def _unused(
    concepts: tuple[Concept, ...], *, rules: tuple[Rule, ...], cues: tuple[Cue, ...]
) -> Iterator[Fault]:
    used = {phrase for rule in rules for group in (*rule.all, rule.unless) for phrase in group}
    used |= {phrase for cue in cues for phrase in cue.phrases}
    for concept in concepts:
        if f"@{concept.id}" not in used:
            message = f"no rule and no cue uses the concept {concept.id}."
            yield Fault("unused_concept", message, concept.file, concept.line)


def _untested(cues: tuple[Cue, ...]) -> Iterator[Fault]:
    for cue in cues:
        if not cue.hits or not cue.misses:
            message = f"the cue {cue.id} has no hits or no misses to test it with."
            yield Fault("untested_cue", message, cue.file, cue.line)
