"""Makes words of a match: why a passage counts, why it does not, and which of its words say so.

The only place where a score becomes prose. Workbook, page, annotated PDF and terminal all take
their reasons and marked words from here, so that they never disagree. A new matcher is one line in
`_SUPPORT` (and in `_AGAINST` when it can speak against a match) and its turns in wording.py.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from aligner.errors import OptionsError
from aligner.wording import TURNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.model import Action, Analysis, Match, Segment, Signal, Term


@dataclass(frozen=True, slots=True)
class Telling:
    """How a matcher's signals are told: `told` is how many of them, best first.

    Their words stand in wording.py. A score of `least` or less says too little to be told; a
    `fallback` is told when nothing else is.
    """

    told: int = 1
    least: float = 0.0
    fallback: bool = False


# In the order in which an analyst wants the reasons: what is surest and can be looked up first.
# Cosines below the floors are the noise of common words; a linear score below 0 speaks against.
_SUPPORT = {
    "policy": Telling(),
    "rules": Telling(told=2),
    "linear": Telling(),
    "exemplars": Telling(least=0.08),
    "action": Telling(least=0.08),
    "objective": Telling(least=0.08, fallback=True),
    "cues": Telling(),
}
# What is said of passage or action as a whole is in the signals; no words can tell it.
_SILENT = frozenset({"evidence", "share", "prior"})
_AGAINST = {
    "policy": Telling(),
    "cues": Telling(told=2),
    "rules": Telling(),
    # A distance, and below 0 where it speaks against.
    "promise": Telling(least=-math.inf),
}
_OTHER = Telling()
# Cues that have no words of their own, told by what they mean.
_WORDLESS = frozenset({"off-topic", "figures"})

# Six matchers can speak at once; the fifth reason convinces nobody.
_REASONS_TOLD = 4
_NEAREST_TOLD = 3
# More words than an analyst reads at a glance tell nothing; TF-IDF gives dozens.
_WORDS_TOLD = 5
_LONGEST_WORDING = 60
# Cosines with single exemplars: above 0.5 nearly the same sentence, below 0.25 a few common words.
_CLOSE, _LOOSE = 0.5, 0.25
# From this likelihood on "hardly a word points to it" would be too strong (a judgement).
_NEAR = 0.1
_JOINT = re.compile(r"\s*")


def explain(match: Match, segment: Segment, action: Action, *, language: str = "en") -> str:
    """Why the passage was matched with the action, and what speaks against it."""
    say = TURNS[language]
    reasons = _reasons(match, segment, action, say=say)
    sentence = _sentence(reasons) if reasons else say["none"].format(action=action.id)
    against = _objections(match, segment, action, say=say)
    return " ".join(filter(None, (sentence, against)))


def shortfall(match: Match, segment: Segment, action: Action, *, language: str = "en") -> str:
    """Why a passage that came near does not count as evidence, in one or two sentences."""
    say = TURNS[language]
    likely = say["likely"].format(percent=percent(match.confidence, language=language))
    against = _objections(match, segment, action, say=say, lead="besides")
    if match.vetoed and against:
        return f"{against} {likely}"
    # A commitment to something is no reason for this action: cues alone bring nothing near.
    on_topic = tuple(signal for signal in match.signals if signal.matcher != "cues")
    reasons = _reasons(replace(match, signals=on_topic), segment, action, say=say)
    if not reasons:
        weak = say["hardly" if match.confidence < _NEAR else "none"].format(action=action.id)
        return " ".join(filter(None, (weak, against, likely)))
    ruled = any(signal.matcher == "rules" for signal in _told(match, "support"))
    lack = say["unlike" if ruled else "no_rule"].format(action=action.id)
    short = _sentence([*reasons[:1], lack], joint=", ")
    return " ".join(filter(None, (short, against, likely)))


# Where the side conditions of an action begin: what stands before is the measure itself.
_SIDE_CONDITION = re.compile(
    r",? (?:with a view to|in order to|so as to)\b|"
    r",(?= (?:by|including|with|such as|while|in accordance|as well as|through|taking|bearing|"
    r"in line|in particular|especially|under|consistent|notably)\b)"
)
_SHORTEST_CORE = 40


def suggestion(action: Action) -> str:
    """A sentence that would close a gap if the policy meant it: the core of the action, promised.

    Made of the action's own words with blanks for who, when and with what; no promise that it fits.
    """
    text = " ".join(action.text.split()).rstrip(".;")
    ends = (found.start() for found in _SIDE_CONDITION.finditer(text))
    core = text[: next((end for end in ends if end >= _SHORTEST_CORE), len(text))]
    if core[1:2].islower():
        core = core[:1].lower() + core[1:]
    return f"[Institution] will {core} by [year], funded by [budget line]."


def highlights(match: Match, segment: Segment) -> tuple[tuple[int, int], ...]:
    """The (start, end) offsets of the words that `explain` speaks of, sorted and merged."""
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
    """The match as text: place, passage with *marked* words, reasons, and all signals."""
    verdict = (
        f"counts as {match.strength} evidence" if match.accepted else "does not count as evidence"
    )
    lines = [
        f"{action.id} and {segment.id}: {verdict}, likelihood {percent(match.confidence)}",
        f"  place    {place(segment)}",
        f"  passage  {marked(segment, highlights(match, segment))}",
        f"  why      {explain(match, segment, action)}",
    ]
    if not (match.accepted or match.vetoed):
        lines.append(f"  lacks    {shortfall(match, segment, action)}")
    return "\n".join([*lines, *(_signal_line(signal, segment) for signal in match.signals)]) + "\n"


def explain_action(analysis: Analysis, name: str) -> str:
    """Why the action has its status: evidence, what was set aside, and what came near, as text.

    Raises:
        OptionsError: when the framework has no action of that name.
    """
    action = _action(analysis, name)
    finding = next((one for one in analysis.findings if one.action == action.id), None)
    head = f"{action.id} {action.text}{paraphrase_mark(action)}\n"
    if finding is None:
        return f"{head}It was not looked for in this analysis.\n"
    status = finding.status.replace("_", " ")
    certain = "" if status == "not assessed" else f", confidence {percent(finding.confidence)}"
    searched = "".join(f"  searched {words}\n" for words in finding.searched)
    known = {match.segment for match in finding.set_aside}
    nearest = [match for match in finding.nearest if match.segment not in known]
    return f"{head}Status: {status}{certain}\n{searched}" + "".join(
        _group(title, matches, analysis)
        for title, matches in (
            ("Evidence", finding.matches),
            ("Set aside", finding.set_aside),
            ("Nearest of the rest", nearest[:_NEAREST_TOLD]),
        )
    )


def explain_page(analysis: Analysis, page: int) -> str:
    """What was understood of the page: its passages, and what each was found to be, as text.

    Raises:
        OptionsError: when the policy has no such page.
    """
    if not 1 <= page <= analysis.document.pages:
        raise OptionsError(
            f"The policy has no page {page}.", f"Choose from 1 to {analysis.document.pages}."
        )
    segments = [one for one in analysis.segments if one.page <= page <= one.page_end]
    if page in analysis.document.unread_pages:
        return f"Page {page} could not be read.\n"
    if not segments:
        return f"Page {page} holds no passage.\n"
    return f"Page {page}\n" + "".join(_passage(segment, analysis) for segment in segments)


def _action(analysis: Analysis, name: str) -> Action:
    actions = {action.id: action for action in analysis.framework.actions}
    if name not in actions:
        known = ", ".join(list(actions)[:3])
        raise OptionsError(
            f"There is no action {name} in {analysis.framework.title}.",
            f"Actions are named {known} and so on; aligner framework show lists them."
            if known
            else "This framework has no actions.",
        )
    return actions[name]


def _group(title: str, matches: Sequence[Match], analysis: Analysis) -> str:
    """The matches under their title; nothing when there are none."""
    if not matches:
        return ""
    segments = {segment.id: segment for segment in analysis.segments}
    shown = (
        render(match, segments[match.segment], _action(analysis, match.action)) for match in matches
    )
    return f"\n{title}\n" + "".join(shown)


def _passage(segment: Segment, analysis: Analysis) -> str:
    """A passage, what it is read with, and the actions that it is (or nearly is) evidence for."""
    matches = sorted(
        (match for match in analysis.matches if match.segment == segment.id),
        key=lambda match: (-match.accepted, -match.confidence, match.action),
    )
    evidence = [match for match in matches if match.accepted or match.vetoed]
    above = "".join(f"  read with {words}\n" for words in segment.context)
    text = f"\n{segment.id} ({segment.kind}), {place(segment)}\n{above}  {segment.text}\n"
    if not evidence:
        near = ", ".join(
            f"{match.action} {percent(match.confidence)}" for match in matches[:_NEAREST_TOLD]
        )
        return f"{text}  no evidence" + (f"; nearest: {near}" if near else "") + "\n"
    return text + "".join(_verdict(match, segment, analysis) for match in evidence)


def _verdict(match: Match, segment: Segment, analysis: Analysis) -> str:
    action = _action(analysis, match.action)
    kind = match.strength if match.accepted else "set aside"
    why = explain(match, segment, action)
    mark = paraphrase_mark(action)
    return f"  {action.id}{mark} {kind}, likelihood {percent(match.confidence)}. {why}\n"


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


def percent(confidence: float, *, language: str = "en") -> str:
    """A probability for the reader: never "0%" or "100%", which nobody can promise."""
    say = TURNS[language]
    if confidence < 0.005:
        return say["little"]
    return (
        say["sure"]
        if confidence >= 0.995
        else say["percent"].format(number=f"{confidence:.0%}"[:-1])
    )


def paraphrase_mark(action: Action) -> str:
    """A dagger behind what is not the official wording; reports say so in a legend."""
    return " †" if action.paraphrase else ""


# ---------------------------------------------------------------- reasons


def _reasons(match: Match, segment: Segment, action: Action, *, say: dict[str, str]) -> list[str]:
    told = (_told_as(signal, segment, action, say=say) for signal in _told(match, "support"))
    return [reason for reason in told if reason]


def _objections(
    match: Match, segment: Segment, action: Action, *, say: dict[str, str], lead: str = "but"
) -> str:
    """What speaks against the match, as a sentence; empty when nothing does.

    `lead` begins it: "But", or "Besides" where what is missing was said before.
    """
    signals = _by_source(_told(match, "veto"))
    told = [_told_as(signal, segment, action, say=say) for signal in signals]
    if match.vetoed:
        return say["aside"].format(told="; ".join(told) or say["rejects"])
    return say[lead].format(told="; ".join(told)) if told else ""


def _by_source(signals: Iterable[Signal]) -> list[Signal]:
    """What one rule or cue says of several sentences, as one signal: its name is told once."""
    joint: dict[tuple[str, str], Signal] = {}
    for signal in signals:
        key = (signal.matcher, signal.source)
        before = joint.get(key)
        joint[key] = before._replace(terms=before.terms + signal.terms) if before else signal
    return list(joint.values())


def _told(match: Match, effect: str) -> list[Signal]:
    """The signals of that effect which are told, in the order in which they are told."""
    tellings = _SUPPORT if effect == "support" else _AGAINST
    order = {matcher: rank for rank, matcher in enumerate(tellings)}
    signals = sorted(
        (signal for signal in match.signals if signal.effect == effect and _counts(signal)),
        key=lambda one: (order.get(one.matcher, len(order)), one.matcher, -one.score, one.source),
    )
    told: list[Signal] = []
    for signal in signals:
        telling = tellings.get(signal.matcher, _OTHER)
        before = sum(one.matcher == signal.matcher for one in told)
        if before < telling.told and not (telling.fallback and told):
            told.append(signal)
    return told[:_REASONS_TOLD]


def _counts(signal: Signal) -> bool:
    """Whether the signal has something to say.

    A matcher of words that found none is silent.
    """
    if signal.matcher in _SILENT:
        return False
    tellings = _SUPPORT if signal.effect == "support" else _AGAINST
    if signal.score <= tellings.get(signal.matcher, _OTHER).least:
        return False
    if f"{_key(signal)}_bare" in TURNS["en"] or signal.source in _WORDLESS:
        return True
    return bool(signal.terms or signal.context_terms)


def _key(signal: Signal) -> str:
    """Under which key of wording.py the signal is told."""
    support = signal.effect == "support"
    known = signal.matcher in (_SUPPORT if support else _AGAINST)
    return ("" if support else "against_") + (signal.matcher if known else "other")


def _told_as(signal: Signal, segment: Segment, action: Action, *, say: dict[str, str]) -> str:
    """The signal in words, empty when there is nothing to tell."""
    key, words = _key(signal), _words(signal, segment, say=say)
    if signal.source in _WORDLESS:
        return "" if words else say[signal.source]
    if f"'{say['and']}'" in words and f"{key}_many" in say:
        key = f"{key}_many"
    return say.get(key if words else f"{key}_bare", "").format(
        source=signal.source,
        cue=_cue(signal.source, say=say),
        matcher=signal.matcher,
        action=action.id,
        objective=action.objective,
        words=words,
        closely=_closely(signal.score, say=say),
    )


# Behind the names of cues that are looked for in French or Spanish.
_OF_LANGUAGE = re.compile("_(?:fr|es)$")


def _cue(name: str, *, say: dict[str, str]) -> str:
    """What a cue recognises, or its name."""
    known = say.get(f"cue_{_OF_LANGUAGE.sub('', name)}")
    return known or say["cue"].format(source=name)


def _closely(score: float, *, say: dict[str, str]) -> str:
    if score >= _CLOSE:
        return say["closely"]
    return say["loosely"] if score < _LOOSE else ""


def _words(signal: Signal, segment: Segment, *, say: dict[str, str]) -> str:
    """The telling words in quotation marks, and those of the headings: "'fee' and 'worker'"."""
    spans = _merged([(term.start, term.end) for term in _telling(signal, segment)], segment.text)
    own = _quoted((segment.text[start:end] for start, end in spans), say=say)
    above = _quoted(signal.context_terms[:_WORDS_TOLD], say=say)
    if own and above:
        return say["own_and_above"].format(own=own, above=above)
    return own or (say["above"].format(words=above) if above else "")


def _quoted(words: Iterable[str], *, say: dict[str, str]) -> str:
    once = {" ".join(word.split()).casefold(): " ".join(word.split()) for word in words}
    quoted = [f"'{_shortened(word)}'" for word in once.values() if word]
    return say["and"].join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))


def _shortened(word: str) -> str:
    return word if len(word) <= _LONGEST_WORDING else word[: _LONGEST_WORDING - 1] + "…"


def _sentence(parts: Sequence[str], *, joint: str = "; ") -> str:
    text = joint.join(parts)
    return f"{text[:1].upper()}{text[1:]}."


# ---------------------------------------------------------------- terms


def _telling(signal: Signal, segment: Segment) -> list[Term]:
    """The terms that weigh most, in the order of the text; a veto's all, whatever their sign.

    But of what the wording says against a passage those that speak against it.
    """
    fit = [term for term in signal.terms if 0 <= term.start < term.end <= len(segment.text)]
    own = [term for term in fit if term.weight > 0 or signal.effect == "veto"]
    if signal.matcher == "promise":
        own = [term for term in fit if term.weight < 0]
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
    what = " ".join(filter(None, (signal.source, _words(signal, segment, say=TURNS["en"]))))
    effect = "against" if signal.effect == "veto" else "for"
    return f"  signal   {signal.matcher:<10} {signal.score:5.2f} {effect:<8} {what}".rstrip()
