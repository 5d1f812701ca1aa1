"""TF-IDF vectors: equal to scikit-learn's, and traceable to the words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aligner.match.vectors import (
    Counts,
    count,
    damped,
    damping,
    features,
    fitted,
    parts,
    placed_features,
    stacked,
)
from aligner.text import numbering, tokens

TEXTS = (
    "Recruitment agencies shall be licensed and inspected each year.",
    "The licensing of recruitment agencies will be revised.",
    "Remittances shall cost less; banks will inform migrants of fees.",
    "Migrants and their families have access to banks, schools and clinics.",
)


def counts_of(texts):
    order = numbering()
    return Counts(count(placed_features(tokens(texts)), order), list(order))


def test_weights_equal_those_of_scikit_learn():
    """The transformation that spares the import of scikit-learn gives its very numbers."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    theirs = TfidfVectorizer(analyzer=list, sublinear_tf=True, dtype=np.float32)
    theirs.fit(features(TEXTS))
    ours, held = fitted(counts_of(TEXTS), least=1)
    part = np.array([name[0] == "#" for name in ours.vocabulary])
    np.testing.assert_allclose(ours.idf, np.where(part, 0.6, 1.0) * theirs.idf_, rtol=1e-5)
    theirs.idf_ = ours.idf  # ours gives parts of words a smaller weight
    new = [*TEXTS, "Banks and agencies and banks", "nothing known here", ""]
    assert ours.vocabulary == theirs.vocabulary_
    np.testing.assert_allclose(
        ours.weigh(new).toarray(),
        theirs.transform(features(new)).toarray(),
        rtol=1e-5,
    )
    assert (ours.weights(held) != ours.weigh(TEXTS)).nnz == 0


def test_counted_apart_is_counted_together():
    """Exemplars are counted some at a time; their order and their weights stay."""
    order = numbering()
    parts = [count(placed_features(tokens(some)), order) for some in (TEXTS[2:], TEXTS[:2])]
    whole, once = stacked(parts, [2, 3, 0, 1], order), counts_of(TEXTS)
    assert sorted(whole.names) == sorted(once.names)
    (words, held), (others, theirs) = fitted(whole, least=1), fitted(once, least=1)
    assert words.vocabulary == others.vocabulary
    assert (words.weights(held) != others.weights(theirs)).nnz == 0


def test_parts_join_what_stems_keep_apart():
    """Stems keep "regularise" from "regularisation"; most of their parts are the same."""
    assert len({*parts("regularise")} & {*parts("Regularisation")}) >= 6
    assert parts("of") == ("#<of>",)


def test_damping_lowers_house_words():
    """A word in every segment keeps less of its weight than one in a single segment."""
    words, _ = fitted(counts_of(TEXTS), least=1)
    matrix = words.weigh(TEXTS)
    weights = damping(matrix)
    assert weights[words.vocabulary["agenc"]] < weights[words.vocabulary["school"]]
    lengths = np.sqrt(damped(matrix, weights).multiply(damped(matrix, weights)).sum(axis=1))
    np.testing.assert_allclose(np.asarray(lengths).ravel(), 1.0, rtol=1e-5)


@given(st.lists(st.text(max_size=100), max_size=3))
def test_features_stand_in_their_texts(texts):
    """Every feature can be shown where it stands."""
    given = tokens(texts)
    for one in placed_features(given):
        for row, first, last in zip(one.rows, one.firsts, one.lasts, strict=True):
            assert given.firsts[row] <= first < last <= given.firsts[row + 1]
            assert 0 <= given.starts[first] < given.ends[last - 1] <= len(texts[row])


@given(st.lists(st.text(max_size=60) | st.sampled_from(TEXTS), max_size=4))
def test_features_do_not_depend_on_the_company(texts):
    """A text gives the same features by itself as among others."""
    assert features(texts) == [features([text])[0] for text in texts]


def test_features_are_stems_pairs_and_parts():
    """Function words and numbers are left out; a pair joins what stands on both sides of them."""
    assert features(["The fees of 12 agencies"]) == [
        (
            *("fee", "agenc", "fee agenc", "#<the>", "#<fees", "#fees>", "#<of>"),
            *("#<agen", "#agenc", "#genci", "#encie", "#ncies", "#cies>"),
        )
    ]


def test_function_words_of_each_language_say_nothing():
    """Articles and prepositions part no action from another, in their own language."""
    assert not {"les", "des", "le de"} & set(features(["Les droits des travailleurs"], "fr")[0])
    assert not {"los", "de", "los de"} & set(features(["Los derechos de los migrantes"], "es")[0])
    assert "le" in features(["Le Corbusier"], "en")[0]
