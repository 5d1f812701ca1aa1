"""Fit the machine that tells promises from mentions by their wording (match/promise.py).

usage: promise.py [--write seeds/gcm/promise.tsv]

It learns from the exemplars of the shipped pack, in each of their languages (evidence against the
rest), and from pairs of passages on one subject, of which one commits and the other does not
(seeds/gcm/promise/). No labelled policy is among them, nor the pairs of gold/pairs/: how well it
parts the evidence of these from the rest (the area under the curve) is printed.
"""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import fit
import mentions
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from aligner import framework
from aligner.framework.promise import BEGINNING, HEAD
from aligner.match.promise import Machine, placed_wording, scores_of_texts
from aligner.match.vectors import Counts, Vectorizer, count, fitted
from aligner.text import numbering, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    # Passages, whether each commits, and how much it is worth.
    Taught = tuple[list[str], list[bool], list[float]]

HERE = Path(__file__).parent
PAIRS = HERE.parent / "seeds" / "gcm" / "promise"
GOLD = {
    "tidy": HERE / "gold",
    "untidy": HERE / "gold" / "untidy",
    "translated": HERE / "gold" / "translated",
    "real": HERE.parents[1] / "shared" / "gold_dev" / "real",
}
# What a passage of a pair and an exemplar are worth: most of these are told by their subject.
WORTH, WORTH_OF_EXEMPLAR = 5.0, 0.3
# Smaller weights are left out: with them the areas are the same, and the file is twice as long.
LEAST_WEIGHT = 0.2
# A word or pair must stand in so many passages, in fewer where there are few passages.
LEAST, LEAST_OF_FEW, FEW = 10, 3, 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    machines = {language: learnt(*taught, language) for language, taught in lessons().items()}
    for name, language, wanted, score in judged(machines):
        area = roc_auc_score(wanted, score)
        print(f"{name:15s} {language}  {len(wanted):4d} units, area under the curve {area:.3f}")
    if given.write:
        rows = [HEAD, *chain.from_iterable(written(*one) for one in machines.items())]
        given.write.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")


def lessons() -> dict[str, Taught]:
    """What there is to learn from in each language."""
    out: dict[str, Taught] = {}
    rows = [
        (one.language, one.text, bool(one.labels), WORTH_OF_EXEMPLAR)
        for one in framework.load().exemplars
    ]
    for path in sorted(PAIRS.glob("*.jsonl")):
        pairs = map(json.loads, path.read_text("utf-8").splitlines())
        rows += [
            (p["language"], p[key], key == "yes", WORTH) for p in pairs for key in ("no", "yes")
        ]
    for language, *row in rows:
        for column, value in zip(out.setdefault(language, ([], [], [])), row, strict=True):
            column.append(value)
    return dict(sorted(out.items()))


def learnt(texts: list[str], truth: list[bool], worth: list[float], language: str) -> Machine:
    """The machine that parts the passages."""
    order = numbering()
    matrix = count(placed_wording(tokens(texts, language), np.arange(len(texts))), order)
    least = LEAST if len(texts) >= FEW else LEAST_OF_FEW
    words, held = fitted(Counts(matrix, list(order)), least=least)
    machine = LinearSVC(C=0.3, class_weight="balanced", random_state=0)
    machine.fit(words.weights(held), truth, sample_weight=worth)
    weights, names = machine.coef_[0].round(3), list(words.vocabulary)
    kept = np.flatnonzero(np.abs(weights) >= LEAST_WEIGHT)
    vocabulary = {names[column]: number for number, column in enumerate(kept.tolist())}
    told = Vectorizer(vocabulary, words.idf[kept])
    return Machine(told, weights[kept], round(float(machine.intercept_[0]), 3))


def written(language: str, machine: Machine) -> Iterator[list[str]]:
    """The machine as an analyst can read it: what speaks most against a promise first."""
    yield [language, BEGINNING, str(machine.intercept), "0"]
    names = sorted(machine.words.vocabulary, key=machine.words.vocabulary.__getitem__)
    columns = machine.weights.tolist(), names, machine.words.idf.astype(float).round(2).tolist()
    for weight, name, rarity in sorted(zip(*columns, strict=True)):
        yield [language, name, str(weight), str(rarity)]


def judged(machines: dict[str, Machine]) -> Iterator[tuple[str, str, list[bool], np.ndarray]]:
    """Kind and language of labelled passages, which are evidence, and their scores."""
    for name, language, texts, wanted in chain(policies(), apart()):
        yield name, language, wanted, scores_of_texts(texts, machines[language], language)


def policies() -> Iterator[tuple[str, str, list[str], list[bool]]]:
    """The units of the labelled policies of each kind, by language."""
    for name, folder in GOLD.items():
        held = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
        for language in sorted({one.get("language", "en") for one in held}):
            mine = [one for one in held if one.get("language", "en") == language]
            units = [unit for policy in mine for unit in fit.units(policy)]
            yield name, language, [one.text for one, _ in units], [bool(one) for _, one in units]


def apart() -> Iterator[tuple[str, str, list[str], list[bool]]]:
    """The pairs of each file that nothing learns from."""
    for path in mentions.KEPT_APART:
        pairs = list(map(json.loads, path.read_text("utf-8").splitlines()))
        texts = [pair[side] for side in ("no", "yes") for pair in pairs]
        wanted = [side for side in (False, True) for _ in pairs]
        yield f"pairs {path.stem}", pairs[0]["language"], texts, wanted


if __name__ == "__main__":
    main()
