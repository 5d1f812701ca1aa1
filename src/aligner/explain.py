"""Makes words of a match: why a passage counts, why it does not, and which of its words say so.

The only place where a score becomes prose. Workbook, page, annotated PDF and terminal all take their
reasons and their marked words from here, so that they never disagree. A new matcher is one line in
`_SUPPORT` (and in `_VETO` when it can set passages aside).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.model import Action, Match, Segment, Signal, Term


@dataclass(frozen=True, slots=True)
class Wording:
    """How a matcher's signals are told: `told` is how many of them, best first.

    `text` may use {source}, {action}, {words} and {closely} (an adverb for the score); `bare` is
    for a signal without words of the passage, empty when it then says nothing.
    """

    text: str
    bare: str = ""
    told: int = 1


# In the order in which an analyst wants the reasons: what is surest and can be looked up first.
_SUPPORT = {
    "rules": Wording("rule {source} found {words}", "rule {source} found its words", told=2),
    "linear": Wording("{words} is typical of known evidence for {action}"),
    "exemplars": Wording(
        "it {closely}resembles the known wording {source} ({words})",
        "it {closely}resembles the known wording {source}",
    ),
    "action": Wording("it shares {words} with the text of {action}"),
    "objective": Wording("it shares {words} with the actions of objective {objective}"),
    "cues": Wording("{words} reads as a commitment"),
}
_VETO = {
    "rules": Wording("rule {source} leaves out passages with {words}", "rule {source} leaves it out"),
    "cues": Wording("{words} speaks against it (cue {source})", "cue {source} speaks against it"),
}
_OTHER = Wording("{matcher} found {words}", "{matcher} speaks for it")
_OTHER_VETO = Wording("{matcher} found {words}, which speaks against it", "{matcher} speaks against it")

# More words than an analyst reads at a glance tell nothing; TF-IDF gives dozens.
_WORDS_TOLD = 5
_LONGEST_WORDING = 60
# Cosines with single exemplars: above 0.6 nearly the same sentence, below 0.3 a few common words.
_CLOSE, _LOOSE = 0.6, 0.3
_JOINT = re.compile(r"\s*")


def explain(match: Match, segment: Segment, action: Action) -> str:
    """Why the passage was matched with the action, in one or two sentences."""
    reasons = _reasons(match, segment, action)
    sentence = _sentence(reasons) if reasons else f"No single word speaks for {action.id}."
    against = _objections(match, segment, action)
    return f"{sentence} Set aside because {'; '.join(against)}." if against else sentence


def shortfall(match: Match, segment: Segment, action: Action) -> str:
    """Why a passage that came near does not count as evidence, in one or two sentences."""
    likely = f"Likelihood {percent(match.confidence)}."
    against = _objections(match, segment, action)
    if against:
        return f"Set aside because {'; '.join(against)}. {likely}"
    reasons = _reasons(match, segment, action)
    if not reasons:
        return f"Nothing in it points to {action.id}. {likely}"
    found_by_rule = any(signal.matcher == "rules" for signal in _told(match, "support"))
    lack = (
        "but as a whole it is too unlike known evidence"
        if found_by_rule
        else f"but no rule for {action.id} found what it looks for"
    )
    return f"{_sentence([*reasons[:1], lack], joint=', ')} {likely}"


def highlights(match: Match, segment: Segment) -> tuple[tuple[int, int], ...]:
    """The (start, end) offsets of the passage's words that `explain` speaks of, sorted and merged."""
    signals = (*_told(match, "support"), *_told(match, "veto"))
    spans = sorted(
        {(term.start, term.end) for signal in signals for term in _telling(signal, segment)}
    )
    return tuple(_merged(spans, segment.text))


def marked(
    segment: Segment, spans: Sequence[tuple[int, int]], *, marks: tuple[str, str] = ("*", "*")
) -> str:
    """The passage with a mark before and after each of the spans."""
    before, after = marks
    edges = [0, *(edge for span in spans for edge in span), len(segment.text)]
    parts = [segment.text[start:end] for start, end in pairwise(edges)]
    return "".join(
        f"{before}{part}{after}" if number % 2 else part for number, part in enumerate(parts)
    )


def render(match: Match, segment: Segment, action: Action) -> str:
    """The match as plain text for the terminal: place, passage with *marked* words, reasons, signals."""
    verdict = (
        f"counts as {match.strength} evidence" if match.accepted else "does not count as evidence"
    )
    lines = [
        f"{action.id} and {segment.id}: {verdict}, likelihood {percent(match.confidence)}",
        f"  action   {action.text}{paraphrase_mark(action)}",
        f"  place    {place(segment)}",
        f"  passage  {marked(segment, highlights(match, segment))}",
        f"  why      {explain(match, segment, action)}",
    ]
    if not match.accepted:
        lines.append(f"  lacks    {shortfall(match, segment, action)}")
    return "\n".join([*lines, *(_signal_line(signal, segment) for signal in match.signals)]) + "\n"


def place(segment: Segment) -> str:
    """Where the passage stands: "page 3, 2. Labour migration > 2.1 Recruitment"."""
    return ", ".join(filter(None, (f"page {pages(segment)}", section(segment))))


def pages(segment: Segment) -> str:
    """The page of the passage, or its first and last: "3" or "3–4"."""
    if segment.page_end > segment.page:
        return f"{segment.page}–{segment.page_end}"
    return str(segment.page)


def section(segment: Segment) -> str:
    """The headings above the passage, outermost first: "2. Labour migration > 2.1 Recruitment"."""
    return " > ".join(segment.section)


def percent(confidence: float) -> str:
    """A probability for the reader: never "0%" or "100%", which nobody can promise."""
    if confidence < 0.005:
        return "under 1%"
    return "over 99%" if confidence >= 0.995 else f"{confidence:.0%}"


def paraphrase_mark(action: Action) -> str:
    """A dagger behind what is not the official wording; reports say so in a legend."""
    return " †" if action.paraphrase else ""


# ---------------------------------------------------------------- reasons


def _reasons(match: Match, segment: Segment, action: Action) -> list[str]:
    told = (_told_as(signal, segment, action) for signal in _told(match, "support"))
    return [reason for reason in told if reason]


def _objections(match: Match, segment: Segment, action: Action) -> list[str]:
    told = (_told_as(signal, segment, action) for signal in _told(match, "veto"))
    return [reason for reason in told if reason]


def _told(match: Match, effect: str) -> list[Signal]:
    """The signals of that effect which are told, in the order in which they are told."""
    wordings = _SUPPORT if effect == "support" else _VETO
    order = {matcher: rank for rank, matcher in enumerate(wordings)}
    signals = sorted(
        (signal for signal in match.signals if signal.effect == effect),
        key=lambda one: (order.get(one.matcher, len(order)), one.matcher, -one.score, one.source),
    )
    told: list[Signal] = []
    for signal in signals:
        limit = wordings.get(signal.matcher, _OTHER).told
        if sum(one.matcher == signal.matcher for one in told) < limit:
            told.append(signal)
    return told


def _told_as(signal: Signal, segment: Segment, action: Action) -> str:
    """The signal in words, empty when there is nothing to tell."""
    wordings, other = (
        (_SUPPORT, _OTHER) if signal.effect == "support" else (_VETO, _OTHER_VETO)
    )
    wording = wordings.get(signal.matcher, other)
    words = _words(signal, segment)
    return (wording.text if words else wording.bare).format(
        source=signal.source,
        matcher=signal.matcher,
        action=action.id,
        objective=action.objective,
        words=words,
        closely=_closely(signal.score),
    )


def _closely(score: float) -> str:
    if score >= _CLOSE:
        return "closely "
    return "loosely " if score < _LOOSE else ""


def _words(signal: Signal, segment: Segment) -> str:
    """The telling words in quotation marks, and those of the headings: "'fee' and 'worker'"."""
    own = _quoted(segment.text[term.start : term.end] for term in _telling(signal, segment))
    above = _quoted(signal.context_terms[:_WORDS_TOLD])
    if own and above:
        return f"{own} (and {above} in what stands above)"
    return own or (f"{above} in what stands above" if above else "")


def _quoted(words: Iterable[str]) -> str:
    once = {" ".join(word.split()).casefold(): " ".join(word.split()) for word in words}
    quoted = [f"'{_shortened(word)}'" for word in once.values() if word]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))


def _shortened(word: str) -> str:
    return word if len(word) <= _LONGEST_WORDING else word[: _LONGEST_WORDING - 1] + "…"


def _sentence(parts: Sequence[str], *, joint: str = "; ") -> str:
    text = joint.join(parts)
    return f"{text[:1].upper()}{text[1:]}."


# ---------------------------------------------------------------- terms


def _telling(signal: Signal, segment: Segment) -> list[Term]:
    """The terms that weigh most, in the order of the text; a veto's all, whatever their sign."""
    fit = [term for term in signal.terms if 0 <= term.start < term.end <= len(segment.text)]
    own = [term for term in fit if term.weight > 0 or signal.effect == "veto"]
    best = sorted(own, key=lambda term: (-abs(term.weight), term.start, term.end))[:_WORDS_TOLD]
    return sorted(best, key=lambda term: (term.start, term.end))


def _merged(spans: Iterable[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Overlapping spans and neighbours with only spaces between them as one."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and (start <= merged[-1][1] or _JOINT.fullmatch(text, merged[-1][1], start)):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _signal_line(signal: Signal, segment: Segment) -> str:
    what = " ".join(filter(None, (signal.source, _words(signal, segment))))
    effect = "against" if signal.effect == "veto" else "for"
    return f"  signal   {signal.matcher:<10} {signal.score:5.2f} {effect:<8} {what}".rstrip()
