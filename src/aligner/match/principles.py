"""Which passages speak of the guiding principles (people-centred, human rights, and so on).

A principle is words alone: its phrases (seeds/gcm/principles.toml) are looked up with the machinery
of the cues. A sentence that a firm cue takes back ("does not intend") speaks for no principle.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aligner.match.context import taken_back
from aligner.match.cues import find_cues, hits_among, placed_terms
from aligner.match.lexicon import Lexicon, read
from aligner.model import Fault, Mention, PrincipleFinding, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aligner.match.cues import Cued
    from aligner.match.lexicon import Read
    from aligner.model import Framework, Principle, Term


def find_principles(
    reads: Sequence[Read], cued: Sequence[Sequence[Cued]], *, lexicon: Lexicon, framework: Framework
) -> tuple[PrincipleFinding, ...]:
    """A finding for each principle of the framework, with the segments that speak of it."""
    found = _found(reads, cued, lexicon)
    return tuple(
        PrincipleFinding(
            one.id,
            one.names,
            tuple(Mention(name, terms) for (id_, name), terms in found.items() if id_ == one.id),
        )
        for one in framework.principles
    )


def _found(
    reads: Sequence[Read], cued: Sequence[Sequence[Cued]], lexicon: Lexicon
) -> dict[tuple[str, str], tuple[Term, ...]]:
    """The words that speak of a principle, by (principle, segment), in the order of the text."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, sentence, phrase, hit in hits_among(reads, lexicon.principles_of):
        if sentence not in taken_back(cued[row]):
            for name in lexicon.principles_of[phrase]:
                places[name, reads[row].segment.id].append(hit)
    terms = placed_terms(places.values(), [1.0] * len(places), reads)
    return dict(zip(places, terms, strict=True))


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
    lexicon = Lexicon(framework, language)
    reads = read(segments, lexicon)
    found = _found(reads, find_cues(reads, lexicon), lexicon)
    for number, (owner, text, wanted) in enumerate(examples):
        yield owner, text, wanted, (owner.id, str(number)) in found
