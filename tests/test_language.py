"""The language of a policy and of each passage; the model comes with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aligner import ingest
from aligner.analyze import analyze
from aligner.ingest.language import language, of_blocks
from aligner.match.scores import score
from aligner.model import Block
from aligner.segment import segments

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = (
    "The Ministry of Labour shall protect migrant workers from abusive recruitment agencies, and "
    "will conclude agreements with the main countries of destination."
)
FRENCH = (
    "Le Ministère du Travail protège les travailleurs migrants contre les agences de recrutement "
    "abusives et conclut des accords avec les principaux pays de destination."
)
SWAHILI = (
    "Wizara ya Kazi italinda wafanyakazi wahamiaji dhidi ya mawakala wa ajira wanaowanyonya, na "
    "itaweka makubaliano na nchi kuu wanazokwenda kufanya kazi."
)


def paragraph(text: str) -> Block:
    return Block(text, "paragraph", 1)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A policy in English with a French and a Swahili passage."""
    path = tmp_path / "mixed.md"
    paragraphs = ["# Policy", *(f"{ENGLISH} Part {n}." for n in range(9)), FRENCH, SWAHILI]
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


def test_languages_are_told() -> None:
    """The three languages of the lexicon, and others; nothing is said of a few letters."""
    assert [language(text) for text in (ENGLISH, FRENCH, SWAHILI, "No. 7")] == [
        "en",
        "fr",
        "sw",
        "",
    ]


def test_passage_in_another_language_is_told_and_a_short_or_unsure_one_is_not() -> None:
    """Where it cannot be told, a passage is in the language of its policy."""
    given = [ENGLISH, FRENCH, SWAHILI, "Le Ministère du Travail", "3 500 4 100 2 780 " * 9]
    assert of_blocks([paragraph(text) for text in given], "en") == ["", "fr", "sw", "", ""]


def test_segments_carry_their_own_language(mixed: Path) -> None:
    """A report can say of each passage what it is written in."""
    document = ingest.read(mixed)
    assert document.language == "en"
    assert [one.language for one in segments(document)[-3:]] == ["en", "fr", "sw"]


def test_passages_without_lexicon_are_counted_and_named(mixed: Path) -> None:
    """What cannot be searched is no gap in silence."""
    notes = {note.code: note.message for note in analyze(mixed).notes}
    assert "1 of 11 passages" in notes["language-unknown"]
    assert "(sw 1)" in notes["language-unknown"]
    assert "(fr 1)" in notes["language-mixed"]


def test_first_passage_does_not_decide_the_language_of_matching(mixed: Path) -> None:
    """A foreword in French must not make an English policy be searched with French words."""
    from aligner import framework, match

    frame = framework.load("gcm")
    cut = segments(ingest.read(mixed))
    turned = (*cut[-2:], *cut[:-2])
    assert score(turned, frame, known=match.know(frame)).lexicon.language == "en"


@pytest.mark.parametrize(
    ("text", "code"), [(ENGLISH, None), (FRENCH, "language-fewer"), (SWAHILI, "language")]
)
def test_policy_in_a_language_with_fewer_examples_is_told(
    tmp_path: Path, text: str, code: str | None
) -> None:
    """An analyst must know that the gaps of a French policy are less certain."""
    path = tmp_path / "policy.md"
    path.write_text("\n\n".join(f"{text} {n}." for n in range(5)), encoding="utf-8")
    codes = {note.code for note in analyze(path).notes if note.code.startswith("language")}
    assert codes == ({code} if code else set())
