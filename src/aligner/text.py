"""Words, stems and sentences of a text, with the offsets that lead back to it.

Everything that is matched goes through here, so that policies, actions, rules and exemplars are cut
and folded in one way. The only module that imports spaCy.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress, count
from operator import not_
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np

    # A phrase's number and its stems.
    Phrase = tuple[int, tuple[str, ...]]

# A run of letters and digits is a word; so is each mark that can end a sentence or part two words.
_PUNCTUATION = frozenset(".!?;:,()")
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
# One of these stands in every word that a spelling above changes: most words need only one look.
_SPELLED_APART = re.compile("iz|or|program|cent|nc|enrol")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Texts cut into words and marks, one text after the other.

    Word i is words[numbers[i]], each word being listed once and having the stem of the same number;
    it stands at starts[i]:ends[i] of its text, in sentence sentences[i] of it. Those of text t are
    firsts[t]:firsts[t + 1].
    """

    words: list[str]
    numbers: np.ndarray
    stems: list[str]
    starts: np.ndarray
    ends: np.ndarray
    sentences: np.ndarray
    firsts: list[int]
    language: str

    def stems_of(self, first: int, last: int) -> list[str]:
        """The stems of the words from `first` to before `last`."""
        return [self.stems[number] for number in self.numbers[first:last].tolist()]


def fold(word: str) -> str:
    """The word in lower case and in one spelling ("Organizations" gives "organisations")."""
    return _fold(word)


@lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    word = word.lower()
    if not _SPELLED_APART.search(word):
        return word
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=8)
def stemmer(language: str) -> Callable[[str], str]:
    """The stemming of a language, which remembers its words: `stem` for many of them."""
    import Stemmer

    stem_word = Stemmer.Stemmer(_LANGUAGES.get(language, "english")).stemWord
    apart = _APART if language == "en" else {}
    return lru_cache(maxsize=200_000)(
        lambda word: apart.get(folded := _fold(word)) or stem_word(folded)
    )


def numbering() -> dict[str, int]:
    """Gives each key that is asked for and not there the next number, from 0 on."""
    return defaultdict(count().__next__)


def stem(word: str, language: str = "en") -> str:
    """What the grammatical forms of a word share (Snowball; Porter, 1980, for English)."""
    return stemmer(language)(word)


def tokens(texts: Iterable[str], language: str = "en") -> Tokens:
    """The words and marks of texts, with stems, offsets and sentences.

    All texts at once, as one array of characters: text by text it took half as long again.
    """
    import numpy as np

    held = list(texts)
    whole = "\n".join([*held, ""])
    given, starts, ends = _words(whole)
    begins = np.cumsum([0, *(len(text) + 1 for text in held)])
    firsts = np.searchsorted(starts, begins).tolist()
    order = numbering()
    numbers = np.fromiter(map(order.__getitem__, given), dtype=np.int64, count=len(given))
    stems = list(map(stemmer(language), order))
    ended = np.zeros(len(given) + 1, dtype=np.int64)
    ended[1:][_closing(given, starts, ends, firsts)] = 1
    through = np.stack([starts, ends, ended.cumsum()[:-1]])
    before = np.stack([begins, begins, ended.cumsum()[firsts]])[:, :-1]
    starts, ends, sentences = through - np.repeat(before, np.diff(firsts), axis=1)
    return Tokens(list(order), numbers, stems, starts, ends, sentences, firsts, language)


def _words(whole: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Each word and mark, its start and end."""
    import numpy as np

    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    there = np.bincount(codes) > 0
    kinds = np.zeros(len(there), dtype=np.int8)  # of characters: 1 in a word, 2 a mark
    characters = map(chr, np.flatnonzero(there).tolist())
    kinds[there] = [one.isalnum() + 2 * (one in _PUNCTUATION) for one in characters]
    kind = np.zeros(len(codes) + 2, dtype=np.int8)
    kind[1:-1] = kinds[codes]
    parted = (kind[1:] != kind[:-1]) | (kind[1:] == 2)
    starts = np.flatnonzero(parted & (kind[1:] > 0))
    ends = np.flatnonzero(parted & (kind[:-1] > 0))
    # A line for each word: to cut these takes half of the time of cutting word by word.
    lines = np.insert(codes[kind[1:-1] > 0], np.cumsum(ends - starts), ord("\n"))
    return lines.tobytes().decode("utf-32-le", "surrogatepass").split("\n")[:-1], starts, ends


def _closing(
    given: Sequence[str], starts: np.ndarray, ends: np.ndarray, firsts: Sequence[int]
) -> list[int]:
    """Which of the words given, those of texts from their `firsts` on, end a sentence."""
    import numpy as np

    glued, parted = np.append(starts[1:] == ends[:-1], False).tolist(), frozenset(firsts)
    single = np.flatnonzero(ends - starts == 1).tolist()
    out = []
    for i in (i for i in single if given[i] in _SENTENCE_END):
        before = "" if i in parted else given[i - 1]
        after = "" if i + 1 in parted else given[i + 1]
        if given[i] != "." or not _goes_on(before, after, glued=glued[i]):
            out.append(i)
    return out


def _goes_on(before: str, after: str, *, glued: bool) -> bool:
    """Whether a full stop stands inside a sentence: 3.2, "No. 7", "e.g. this", "etc. of"."""
    return bool(after) and (glued or before.lower() in _ABBREVIATIONS or after[0].islower())


def fingerprint(text: str) -> str:
    """Sixteen hex digits that stay the same when only spaces, line ends or case of a text change.

    A decision about a passage is kept under it: another reading of the policy may number the
    passages otherwise, or break their lines elsewhere.
    """
    plain = unicodedata.normalize("NFKC", " ".join(text.split())).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """Phrases found in texts: phrases[i] begins with word firsts[i] and ends before lasts[i].

    Words are counted as in Tokens; in characters it stands at starts[i]:ends[i] of its text. What
    was found in text t is bounds[t]:bounds[t + 1], in order of place.
    """

    phrases: np.ndarray
    firsts: np.ndarray
    lasts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    bounds: list[int]


# Stands between texts and for every word that no phrase has.
_MARK = "\n"


class PhraseFinder:
    """Finds many phrases in many texts at once (spaCy's PhraseMatcher over stems).

    A phrase is a tuple of stems; a word that ends in `*` matches the stem of every word of the
    texts that begins with it.
    """

    def __init__(self, phrases: Sequence[tuple[str, ...]], language: str) -> None:
        """`phrases[i]` (as of phrase_stems) is found as `i`."""
        from spacy.vocab import Vocab

        self._language = language
        self._vocab = Vocab()
        self._numbers: dict[int, int] = {}
        starred = ["*" in "".join(phrase) for phrase in phrases]
        numbered = list(enumerate(phrases))
        self._starred = list(compress(numbered, starred))
        plain = list(compress(numbered, map(not_, starred)))
        self._single = _by_word(plain)
        self._waiting = [(number, words) for number, words in plain if len(words) > 1]
        self._plain = self._matcher(())
        self._seen: set[str] = set()

    def find(self, given: Tokens) -> Found:
        """The phrases found in each text, by place, then length, then number."""
        import numpy as np

        expanded = self._expanded(given)
        found = np.hstack([self._of_one(given, expanded), self._of_many(given, expanded)])
        phrases, firsts, lasts = found
        phrases, firsts, lasts = found[:, order_by(firsts, lasts - firsts, phrases)]
        bounds = np.searchsorted(firsts, given.firsts).tolist()
        places = given.starts[firsts], given.ends[lasts - 1]
        return Found(phrases, firsts, lasts, *places, bounds)

    def _of_one(self, given: Tokens, expanded: Sequence[Phrase]) -> np.ndarray:
        """(phrase, first, last) of the phrases of one word: they are most, and need no matcher."""
        import numpy as np

        starred = _by_word(expanded)
        named = [self._single.get(one, []) + starred.get(one, []) for one in given.stems]
        counts = np.array(list(map(len, named)), dtype=np.int64)
        at, often = np.cumsum(counts) - counts, counts[given.numbers]
        phrases = np.array(list(chain.from_iterable(named)), dtype=np.int64)
        firsts = np.repeat(np.arange(len(often)), often)
        return np.stack([phrases[ranges(at[given.numbers], often)], firsts, firsts + 1])

    def _of_many(self, given: Tokens, expanded: Sequence[Phrase]) -> np.ndarray:
        """The same of the phrases of several words."""
        import numpy as np

        self._await(given)
        starred = self._matcher(one for one in expanded if len(one[1]) > 1)
        doc = self._doc(given)
        hits = [*self._plain(doc), *starred(doc)]
        held = np.fromiter(chain.from_iterable(hits), dtype=np.uint64, count=3 * len(hits))
        keys, firsts, lasts = held.reshape(-1, 3).T
        phrases = [self._numbers[key] for key in keys.tolist()]
        # The document has a mark behind each text.
        marks = np.array(given.firsts[1:]) + np.arange(len(given.firsts) - 1)
        places = np.stack([firsts, lasts]).astype(np.int64) - np.searchsorted(marks, firsts)
        return np.stack([np.array(phrases, dtype=np.int64), *places])

    def _await(self, given: Tokens) -> None:
        """Makes the matcher look for the phrases that these texts have all words of.

        No text has but a part of the words: to look for all phrases took four tenths of
        the time of loading them.
        """
        if self._seen.issuperset(given.stems):
            return
        self._seen.update(given.stems)
        there = [self._seen.issuperset(words) for _, words in self._waiting]
        self._add(self._plain, compress(self._waiting, there))
        self._waiting = list(compress(self._waiting, map(not_, there)))

    def _expanded(self, given: Tokens) -> list[Phrase]:
        """What phrases with starred words stand for in these texts, and only these.

        What another policy of a batch has must not matter.
        """
        stems, words = set(given.stems), sorted(set(map(fold, given.words)))
        return [
            (number, spelled)
            for number, phrase in self._starred
            for spelled in _expand(phrase, words, self._language)
            if stems.issuperset(spelled)
        ]

    def _matcher(self, phrases: Iterable[Phrase]) -> Any:
        from spacy.matcher import PhraseMatcher

        matcher = PhraseMatcher(self._vocab)
        self._add(matcher, phrases)
        return matcher

    def _add(self, matcher: Any, phrases: Iterable[Phrase]) -> None:
        number_of = self._vocab.strings.add
        for number, words in phrases:
            # Words as numbers, as a stored matcher has them; as Docs it takes three times
            # as long.
            spelled: Any = list(map(number_of, words))
            self._numbers[number_of(key := f"phrase {number}")] = number
            matcher.add(key, [spelled])

    def _doc(self, given: Tokens) -> Any:
        """The stems of all texts, as numbers: as text they take four times as long."""
        import numpy as np
        from spacy.tokens import Doc

        numbers, mark = self._vocab.strings, self._vocab.strings.add(_MARK)
        known = [numbers[one if one in numbers else _MARK] for one in given.stems]
        stems = np.array(known, dtype=np.uint64)[given.numbers]
        words = np.insert(stems, given.firsts[1:], mark).tolist()
        return Doc(self._vocab, words=words, spaces=[False] * len(words))


def _by_word(phrases: Iterable[Phrase]) -> dict[str, list[int]]:
    """The numbers of the phrases of one word, by the word."""
    out: dict[str, list[int]] = {}
    for number, words in phrases:
        if len(words) == 1:
            out.setdefault(words[0], []).append(number)
    return out


def order_by(*keys: np.ndarray) -> np.ndarray:
    """The order by the first key, then the next; ties stay in order.

    Keys are whole numbers, none negative, the product of all the largest below 2 to the 63rd. As
    one number: a stable sort merges what is in order already in a sixth of lexsort's time.
    """
    import numpy as np

    code = np.zeros(keys[0].shape, dtype=np.int64)
    for key in keys:
        code = code * (key.max(initial=0) + 1) + key
    return np.argsort(code, kind="stable")


def ranges(firsts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """counts[i] numbers from firsts[i] on, for one i after the other."""
    import numpy as np

    before = np.cumsum(counts) - counts
    return np.repeat(firsts - before, counts) + np.arange(counts.sum())


_PHRASE = re.compile(r"[^\W_]+\*?|[.!?;:,()]")
# A phrase of several starred words could stand for very many; this many are plenty in practice.
_MAX_EXPANSIONS = 400


def _expand(phrase: tuple[str, ...], words: list[str], language: str) -> list[tuple[str, ...]]:
    """The stemmed phrases that a phrase with starred words stands for in this vocabulary."""
    out: list[tuple[str, ...]] = [()]
    for word in phrase:
        choices = _beginning(word[:-1], words, language) if word.endswith("*") else [word]
        out = [(*head, choice) for head in out for choice in choices][:_MAX_EXPANSIONS]
    return out


def _beginning(start: str, words: list[str], language: str) -> list[str]:
    from bisect import bisect_left

    start = fold(start)
    first = bisect_left(words, start)
    last = bisect_left(words, start + "\U0010ffff")
    return sorted({stem(word, language) for word in words[first:last]})


def phrase_stems(phrase: str, language: str = "en") -> tuple[str, ...]:
    """The stems of a phrase of a rule, words with a star as they are: "pre-departure train*"."""
    words, stem_word = _PHRASE.findall(phrase), stemmer(language)
    if "*" not in phrase:
        return tuple(map(stem_word, words))
    return tuple(word if word.endswith("*") else stem_word(word) for word in words)
