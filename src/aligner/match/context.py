"""Commitment, not mention.

Whether the words that speak for a match stand in a sentence that takes
it back ("does not intend", "was postponed"). Where a segment holds a rejected and an adopted
measure, only the adopted one counts, so the question is asked sentence by sentence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.match.cues import Cued
    from aligner.match.lexicon import Read
    from aligner.model import Signal

# Cues from this weight on take a sentence back by themselves; weaker ones only lower the
# probability.
FIRM = 0.7
# So much of the weight of the words must stand in sentences that are taken back.
_SHARE = 0.6
# Matchers whose words say what the match is about.
_SPEAKERS = frozenset({"linear", "rules", "exemplars"})


def is_vetoed(signals: Sequence[Signal], cued: Sequence[Cued], *, read: Read) -> bool:
    """Whether most of what speaks for a match stands in sentences that a firm cue takes back.

    Or the wording of all of it only tells.
    """
    if any(one.matcher == "promise" and one.effect == "veto" for one in signals):
        return True
    if not (back := taken_back(cued)):
        return False
    spoken = weight_by_sentence(signals, read)
    total = sum(spoken.values())
    return total > 0 and sum(spoken[s] for s in back) >= _SHARE * total


def taken_back(cued: Sequence[Cued]) -> set[int]:
    """The sentences that a firm cue takes back."""
    firm = (c for c in cued if c.cue.effect == "veto" and c.cue.weight >= FIRM)
    return {c.sentence for c in firm if c.sentence >= 0}


def weight_by_sentence(signals: Iterable[Signal], read: Read) -> Counter[int]:
    """How much of the supporting words' weight stands in each sentence."""
    given = read.tokens
    first, last = given.firsts[read.own : read.own + 2]
    out: Counter[int] = Counter()
    for signal in signals:
        if signal.matcher in _SPEAKERS and signal.effect == "support":
            for term in signal.terms:
                place = bisect_right(given.starts, term.start, first, last) - 1
                out[int(given.sentences[place])] += max(term.weight, 0.0)  # type: ignore[assignment]
    return out
