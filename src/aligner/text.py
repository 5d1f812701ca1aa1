"""Words, stems and sentences of a text, with the offsets that lead back to it.

Everything that is matched goes through here, so that policies, actions, rules and exemplars are cut
and folded in one way. The only module that imports spaCy.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# A run of letters and digits is a word; so is each mark that can end a sentence or part two words.
_TOKEN = re.compile(r"[^\W_]+|[.!?;:,()]")
_LANGUAGES = {"en": "english", "fr": "french", "es": "spanish", "pt": "portuguese"}
# English words whose stem is that of another: "foreigner" would be found in "Foreign Affairs".
_APART = {
    "foreigner": "foreigner",
    "foreigners": "foreigner",
    "university": "university",
    "universities": "university",
}
_SENTENCE_END = frozenset(".!?;")
# Words after which a full stop does not end the sentence.
_ABBREVIATIONS = frozenset(
    "no nos art arts para paras vol pp ch sec e.g i.e cf etc vs dr mr mrs st".split()
)
# American and British spellings share one stem: -ize, -or, -am against -ise, -our, -amme.
_SPELLINGS = (
    (re.compile(r"(?<=\w{3})iz(?=e|ing|ation|er)"), "is"),
    (re.compile(r"\b(lab|col|fav|hon|neighb|behavi|harb)or(?=s|ed|ing|er|ers|able|\b)"), r"\1our"),
    (re.compile(r"\bprogramm?(es?|s|ed|ing|me|mes)?\b"), "programme"),
    (re.compile(r"\bcent(?:er|re)(s?)\b"), r"centre\1"),
    (re.compile(r"\b(defen|offen|licen)c(?=es?\b)"), r"\1s"),
    (re.compile(r"\benrol(?:l)?(?=s|ment|\b)"), "enrol"),
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text cut into stems: stem i stands at starts[i]:ends[i], in sentence sentences[i]."""

    stems: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    sentences: tuple[int, ...]


def fold(word: str) -> str:
    """The word in lower case and in one spelling ("Organizations" gives "organisations")."""
    return _fold(word)


@lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    word = word.lower()
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Callable[[str], str]:
    """The stemming of a language, which remembers its words."""
    import Stemmer

    stem_word = Stemmer.Stemmer(_LANGUAGES.get(language, "english")).stemWord
    apart = _APART if language == "en" else {}
    return lru_cache(maxsize=200_000)(
        lambda word: apart.get(folded := _fold(word)) or stem_word(folded)
    )


def stem(word: str, language: str = "en") -> str:
    """What the grammatical forms of a word share (Snowball; Porter, 1980, for English)."""
    return _stemmer(language)(word)


@lru_cache(maxsize=8192)
def tokens(text: str, language: str = "en") -> Tokens:
    """The stems and marks of a text with their offsets and the sentence each stands in.

    Remembered, since rules, vectors and reasons all ask for the same segments.
    """
    spans = [match.span() for match in _TOKEN.finditer(text)]
    words = [text[start:end] for start, end in spans]
    return Tokens(
        stems=tuple(map(_stemmer(language), words)),
        starts=tuple([start for start, _ in spans]),
        ends=tuple([end for _, end in spans]),
        sentences=_sentences(words, spans),
    )


def _sentences(words: Sequence[str], spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The number of the sentence of each token; a full stop after an abbreviation ends none."""
    number, out = 0, []
    for i, word in enumerate(words):
        out.append(number)
        if word in _SENTENCE_END and not _goes_on(words, spans, i):
            number += 1
    return tuple(out)


def _goes_on(words: Sequence[str], spans: Sequence[tuple[int, int]], i: int) -> bool:
    """Whether the mark at `i` stands inside a sentence: 3.2, "No. 7", "e.g. this", "etc. of"."""
    if i + 1 >= len(words) or words[i] != ".":
        return False
    before = words[i - 1].lower() if i else ""
    glued = spans[i + 1][0] == spans[i][1]
    return glued or before in _ABBREVIATIONS or words[i + 1][0].islower()


def fingerprint(text: str) -> str:
    """Sixteen hex digits that stay the same when only spaces, line ends or case of a text change.

    A decision about a passage is kept under it: another reading of the policy may number the
    passages otherwise, or break their lines elsewhere.
    """
    plain = unicodedata.normalize("NFKC", " ".join(text.split())).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def prepare() -> None:
    """Imports spaCy and the stemmer now, while there is something else to wait for."""
    import_module("spacy.matcher")
    _stemmer("en")


class PhraseFinder:
    """Finds many phrases in many texts at once (spaCy's PhraseMatcher over stems).

    A phrase is a tuple of words; each matches the same stem, and a word that ends in `*` every word
    of the texts that begins with it, which is why `meet` has to see the texts' words before.
    """

    def __init__(self, phrases: Sequence[tuple[str, ...]], language: str) -> None:
        """`phrases[i]` is found as `i`."""
        from spacy.matcher import PhraseMatcher
        from spacy.vocab import Vocab

        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab)
        self._language = language
        self._stems: set[str] = set()
        self._starred = [(k, p) for k, p in enumerate(phrases) if any(w.endswith("*") for w in p)]
        plain = [(k, p) for k, p in enumerate(phrases) if not any(w.endswith("*") for w in p)]
        self._waiting = [(k, tuple(stem(w, language) for w in p)) for k, p in plain]
        self._known: set[tuple[int, tuple[str, ...]]] = set()

    def meet(self, vocabulary: Iterable[str]) -> None:
        """Takes in the folded words of texts: only phrases all of whose words it met are sought.

        What it takes in stays, so that the next policy of a batch adds only what is new in it.
        """
        words = sorted(set(vocabulary))
        self._stems.update(stem(word, self._language) for word in words)
        ready = [one for one in self._waiting if self._stems.issuperset(one[1])]
        self._waiting = [one for one in self._waiting if not self._stems.issuperset(one[1])]
        for key, phrase in self._starred:
            expanded = _expand(phrase, words, self._language)
            ready += [(key, p) for p in expanded if self._stems.issuperset(p)]
        for one in ready:
            if one not in self._known:
                self._known.add(one)
                self._matcher.add(str(one[0]), [self._doc(one[1])])

    def _doc(self, words: Sequence[str]) -> Any:
        from spacy.tokens import Doc

        return Doc(self._vocab, words=list(words))

    def find(self, given: Tokens) -> list[tuple[int, int, int]]:
        """(phrase, first token, token after the last) of every phrase found, in order of place."""
        if not given.stems:
            return []
        strings = self._vocab.strings
        found = self._matcher(self._doc(given.stems))
        return sorted(
            ((int(strings[key]), a, b) for key, a, b in found), key=lambda f: (f[1:], f[0])
        )


# A phrase of several starred words could stand for very many; this many are plenty in practice.
_MAX_EXPANSIONS = 400


def _expand(phrase: tuple[str, ...], words: list[str], language: str) -> list[tuple[str, ...]]:
    """The stemmed phrases that a phrase with starred words stands for in this vocabulary."""
    out: list[tuple[str, ...]] = [()]
    for word in phrase:
        choices = (
            _beginning(word[:-1], words, language) if word.endswith("*") else [stem(word, language)]
        )
        out = [(*head, choice) for head in out for choice in choices][:_MAX_EXPANSIONS]
    return out


def _beginning(start: str, words: list[str], language: str) -> list[str]:
    from bisect import bisect_left

    start = fold(start)
    first = bisect_left(words, start)
    last = bisect_left(words, start + "\U0010ffff")
    return sorted({stem(word, language) for word in words[first:last]})


def phrase_words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase of a rule, stars kept: "pre-departure train*"."""
    return tuple(re.findall(r"[^\W_]+\*?|[.!?;:,()]", phrase))


def folded_words(text: str) -> set[str]:
    """The distinct words of a text, folded."""
    return {fold(word) for word in _TOKEN.findall(text)}
