"""Which passages speak of the guiding principles (people-centred, human rights, and so on).

A principle is words alone: its phrases (seeds/gcm/principles.toml) are looked up with the machinery
of the cues. A sentence that a firm cue takes back ("does not intend") speaks for no principle.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from aligner.match.context import FIRM
from aligner.match.rules import Lexicon, cued, language_of, read
from aligner.model import (
    Concept,
    Cue,
    Fault,
    Framework,
    Mention,
    Principle,
    PrincipleFinding,
    Segment,
    Term,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def principles(segments: Sequence[Segment], framework: Framework) -> tuple[PrincipleFinding, ...]:
    """A finding for each principle of the framework, with the segments that speak of it."""
    found = _found(segments, framework, language_of(segments)) if framework.principles else {}
    return tuple(
        PrincipleFinding(
            one.id,
            one.names,
            tuple(Mention(name, terms) for (id_, name), terms in found.items() if id_ == one.id),
        )
        for one in framework.principles
    )


def _found(
    segments: Sequence[Segment], framework: Framework, language: str
) -> dict[tuple[str, str], tuple[Term, ...]]:
    """The words that speak of a principle, by (principle, segment), in the order of the text."""
    lexicon, ours = _lexicon(framework, language), {one.id for one in framework.principles}
    out: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for one in read(segments, lexicon):
        seen = cued(one, lexicon)
        back = {c.sentence for c in seen if c.cue.id not in ours}
        for c in seen:
            if c.cue.id in ours and c.sentence not in back:
                out[c.cue.id, one.segment.id] += c.terms
    return {key: tuple(sorted(terms, key=lambda t: (t.start, t.end))) for key, terms in out.items()}


def _lexicon(framework: Framework, language: str) -> Lexicon:
    """The phrases of the principles, and the cues that take a sentence back."""
    firm = [c for c in framework.cues if c.effect == "veto" and c.weight >= FIRM]
    firm = [cue for cue in firm if cue.within == "sentence"]
    return Lexicon(
        replace(
            framework,
            rules=(),
            concepts=(*framework.concepts, *(_words(one) for one in framework.principles)),
            cues=(*firm, *(_cue(one) for one in framework.principles)),
        ),
        language,
    )


def _words(principle: Principle) -> Concept:
    return Concept(f"principle:{principle.id}", principle.phrases)


def _cue(principle: Principle) -> Cue:
    return Cue(principle.id, "support", 1.0, (f"@principle:{principle.id}",))


def check(framework: Framework) -> tuple[Fault, ...]:
    """Every example that a principle gets wrong, in any language: what must be found and is not."""
    return tuple(
        Fault(
            code="hit" if wanted else "miss",
            message=f"{owner.id} should {'' if wanted else 'not '}match: {text}",
            file=owner.file,
            line=owner.line,
        )
        for language in sorted({code for one in framework.principles for code, _ in one.phrases})
        for owner, text, wanted, spoke in _tried(framework, language)
        if spoke != wanted
    )


def _tried(framework: Framework, language: str) -> Iterator[tuple[Principle, str, bool, bool]]:
    """(principle, example, whether it must be found, whether it was) of one language."""
    examples = [
        (owner, text, wanted)
        for owner in framework.principles
        for table, wanted in ((owner.hits, True), (owner.misses, False))
        for text in dict(table).get(language, ())
    ]
    segments = [
        Segment(str(number), "paragraph", text, 1, 1, language=language)
        for number, (_, text, _) in enumerate(examples)
    ]
    found = _found(segments, framework, language)
    for number, (owner, text, wanted) in enumerate(examples):
        yield owner, text, wanted, (owner.id, str(number)) in found
