"""Fit the machine that tells promises from mentions by their wording (match/promise.py).

usage: promise.py [--write seeds/gcm/promise.json]

It learns from the exemplars of the shipped pack, in each of their languages (evidence against the
rest), and from pairs of passages on one subject, of which one commits and the other does not
(seeds/gcm/promise/). No labelled policy is among them: how well it parts the units of these that
are evidence from the others (the area under the curve) is printed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fit
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from aligner import framework
from aligner.match.promise import Machine, placed_wording, scores_of_texts
from aligner.match.vectors import Counts, count, fitted
from aligner.text import numbering, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

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
# A passage of a pair is worth so many exemplars, most of which are told by what they are about.
WORTH = 5.0
# A word or pair must stand in so many passages, in fewer where there are few passages.
LEAST, LEAST_OF_FEW, FEW = 10, 5, 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    machines = {language: learnt(*taught, language) for language, taught in lessons().items()}
    for name, language, wanted, score in judged(machines):
        area = roc_auc_score(wanted, score)
        print(f"{name:11s} {language}  {len(wanted):4d} units, area under the curve {area:.3f}")
    if given.write:
        told = {language: written(machine) for language, machine in machines.items()}
        lines = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        given.write.write_text(lines.replace("],", "],\n") + "\n", "utf-8")


def lessons() -> dict[str, Taught]:
    """What there is to learn from in each language."""
    out: dict[str, Taught] = {}
    rows = [(one.language, one.text, bool(one.labels), 1.0) for one in framework.load().exemplars]
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
    matrix = count(placed_wording(tokens(texts, language), len(texts)), order)
    least = LEAST if len(texts) >= FEW else LEAST_OF_FEW
    words, held = fitted(Counts(matrix, list(order)), least=least)
    machine = LinearSVC(C=0.3, class_weight="balanced", random_state=0)
    machine.fit(words.weights(held), truth, sample_weight=worth)
    return Machine(words, machine.coef_[0].round(3), round(float(machine.intercept_[0]), 3))


def written(machine: Machine) -> dict[str, Any]:
    """The machine as an analyst can read it: what speaks most against a promise first."""
    names = sorted(machine.words.vocabulary, key=machine.words.vocabulary.__getitem__)
    idf, weights = machine.words.idf.astype(float).round(2).tolist(), machine.weights.tolist()
    rows = sorted(zip(weights, names, idf, strict=True))
    features = {name: [weight, rare] for weight, name, rare in rows}
    return {"intercept": machine.intercept, "features": features}


def judged(machines: dict[str, Machine]) -> Iterator[tuple[str, str, list[bool], np.ndarray]]:
    """Kind and language of the labelled policies, which units are evidence, and their scores."""
    for name, folder in GOLD.items():
        policies = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
        for language in sorted({one.get("language", "en") for one in policies}):
            mine = [one for one in policies if one.get("language", "en") == language]
            units = [unit for policy in mine for unit in fit.units(policy)]
            texts = [segment.text for segment, _ in units]
            scores = scores_of_texts(texts, machines[language], language)
            yield name, language, [bool(labels) for _, labels in units], scores


if __name__ == "__main__":
    main()
