"""TF-IDF vectors: equal to scikit-learn's, and traceable to the words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aligner.match.vectors import damped, damping, features, fitted, parts, placed_features

TEXTS = (
    "Recruitment agencies shall be licensed and inspected each year.",
    "The licensing of recruitment agencies will be revised.",
    "Remittances shall cost less; banks will inform migrants of fees.",
    "Migrants and their families have access to banks, schools and clinics.",
)


def test_weights_equal_those_of_scikit_learn():
    """The transformation that spares the import of scikit-learn gives its very numbers."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    theirs = TfidfVectorizer(analyzer=features, sublinear_tf=True, dtype=np.float32).fit(TEXTS)
    ours = fitted([features(text) for text in TEXTS], least=1)
    theirs.idf_ = ours.idf  # ours gives parts of words a smaller weight
    new = [*TEXTS, "Banks and agencies and banks", "nothing known here", ""]
    assert ours.vocabulary == theirs.vocabulary_
    np.testing.assert_allclose(
        ours.weigh(map(features, new)).toarray(), theirs.transform(new).toarray(), rtol=1e-5
    )


def test_parts_join_what_stems_keep_apart():
    """Stems keep "regularise" from "regularisation"; most of their parts are the same."""
    assert len({*parts("regularise")} & {*parts("Regularisation")}) >= 6
    assert parts("of") == ("#<of>",)


def test_damping_lowers_house_words():
    """A word in every segment keeps less of its weight than one in a single segment."""
    words = fitted([features(text) for text in TEXTS], least=1)
    matrix = words.weigh(map(features, TEXTS))
    weights = damping(matrix)
    assert weights[words.vocabulary["agenc"]] < weights[words.vocabulary["school"]]
    lengths = np.sqrt(damped(matrix, weights).multiply(damped(matrix, weights)).sum(axis=1))
    np.testing.assert_allclose(np.asarray(lengths).ravel(), 1.0, rtol=1e-5)


@given(st.text(max_size=200))
def test_features_stand_in_the_text(text):
    """Every feature can be shown where it stands."""
    assert all(0 <= start < end <= len(text) for _, start, end in placed_features(text))
