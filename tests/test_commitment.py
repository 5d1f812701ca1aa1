"""Commitment, not mention, with the shipped pack: what a policy rejects, asks, tells of others.

Each sentence has the words of an action and does not do it; the same words in a promise count.
"""

from __future__ import annotations

import pytest

from aligner import framework, match
from aligner.model import Segment

PROMISES = {
    "5.a": "Bilateral labour agreements will be concluded with all countries of destination.",
    "6.a": "The Government will ratify the Migrant Workers Convention.",
    "6.c": "The Ministry will prohibit recruitment fees charged to migrant workers.",
    "7.i": "Migrants in an irregular situation will be regularised case by case.",
    "10.h": "The Ministry will set up shelters for victims of trafficking.",
    "13.h": "The Government will end the detention of migrant children.",
    "22.b": "The Government will conclude social security agreements for its migrant workers.",
}
NO_PROMISES = {
    "no agreement yet": ("5.a", "No bilateral labour agreement has been concluded so far."),
    "others advise": (
        "6.a",
        "The consultant recommended that the Government ratify the Migrant Workers Convention.",
    ),
    "rejected": (
        "6.c",
        "The proposal to prohibit recruitment fees for migrant workers was not adopted.",
    ),
    "another country": (
        "7.i",
        "Other countries, such as Norvane, regularise migrants in an irregular situation.",
    ),
    "if funds come": (
        "10.h",
        "Should funds become available, shelters may be set up for victims of trafficking.",
    ),
    "others demand": (
        "13.h",
        "Civil society calls on the Government to end the detention of migrant children.",
    ),
    "a question": (
        "22.b",
        "Should the Government conclude social security agreements for its migrant workers?",
    ),
}


# The same promise and its rejection in other languages.
ABROAD = {
    "fr": (
        "Le ministère interdira aux agences les frais de recrutement des travailleurs migrants.",
        "Le ministère n'entend pas interdire les frais de recrutement des travailleurs migrants.",
    ),
    "es": (
        "El Ministerio prohibirá cobrar gastos de contratación a los trabajadores migrantes.",
        "El Ministerio no tiene previsto prohibir cobrar gastos de contratación a los migrantes.",
    ),
}


@pytest.fixture(scope="module")
def counted():
    """What counts of a policy of one sentence: its actions."""
    frame = framework.load()
    know = match.knower(frame)

    def count(text: str, language: str = "en") -> set[str]:
        segment = Segment("s0001", "paragraph", text, 1, 1, language=language)
        given, *_ = match.match((segment,), frame, known=know(language))
        return {one.action for one in given if one.accepted}

    return count


@pytest.mark.parametrize("action", PROMISES)
def test_promise_counts(counted, action):
    """The machines know these words."""
    assert action in counted(PROMISES[action])


@pytest.mark.parametrize("case", NO_PROMISES)
def test_mention_does_not_count(counted, case):
    """A false "covered" embarrasses the analyst before the lawyers."""
    action, text = NO_PROMISES[case]
    assert action not in counted(text)


@pytest.mark.parametrize("language", ABROAD)
def test_french_and_spanish_reject_too(counted, language):
    """Cues are of a language: those of English find nothing in these."""
    promise, rejection = ABROAD[language]
    assert "6.c" in counted(promise, language)
    assert "6.c" not in counted(rejection, language)
