"""Notes: what whoever reads the findings must know of the document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aligner import framework, match
from aligner.model import Document, Segment
from aligner.notes import notes_on


@pytest.fixture(scope="module")
def codes():
    """The codes of the notes on a document with such headings."""
    frame = framework.load()
    known = match.knower(frame)("en")
    document = Document("a.pdf", "", "", "en", 1, "ok", words=9_000)

    def told(headings, language="en"):
        segments = [
            Segment(f"s{i}", "paragraph", "Text.", 1, 1, section=(one,), language=language)
            for i, one in enumerate(headings)
        ]
        given = replace(document, language=language)
        return [note.code for note in notes_on(given, segments, frame, known=known)]

    return told


@pytest.mark.parametrize(
    "headings",
    [
        ["RELEVANCE", "2. Effectiveness", "Efficiency (Rating: Good)", "Impact"],
        ["3.1 Pertinence du modèle", "EFFICACITE", "Efficience", "Durabilité"],
        ["Pertinencia", "Eficacia", "Eficiencia", "Sostenibilidad"],
    ],
)
def test_evaluation_is_named(codes, headings):
    """With accents or without, numbered or not."""
    assert "evaluation" in codes(headings)


@pytest.mark.parametrize(
    "headings",
    [
        [],
        ["Relevance", "Effectiveness", "Impact"],
        ["Relevant institutions", "Effective protection", "Efficient procedures", "Impacts"],
        ["Policy coherence", "Aid effectiveness", "Expected impact", "Financial sustainability"],
    ],
)
def test_policy_is_no_evaluation(codes, headings):
    """Three such chapters may be a policy's, and words of the same stem say nothing."""
    assert "evaluation" not in codes(headings)
