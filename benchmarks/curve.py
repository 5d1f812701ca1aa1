"""What each part earns: exemplars, parts of words, concepts, signals, priors, labelled policies.

usage: curve.py [--real FOLDER]

Every figure is out of fold (each policy scored by a fusion fitted on the others), labelled units
cut perfectly. Machines are learnt anew for each bank, in up to half a minute.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import fit
import numpy as np

from aligner import framework, match
from aligner.match import learn, vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from aligner.model import Exemplar, Framework

HERE = Path(__file__).parent
Groups = dict[str, list[fit.Labelled]]


def of_document(one: Exemplar) -> bool:
    return one.id.startswith("document")


BANKS: tuple[tuple[str, Callable[[Exemplar], bool]], ...] = (
    ("written action by action alone", lambda one: not of_document(one)),
    ("written as documents alone", of_document),
    ("every fourth of the documents alone", lambda one: of_document(one) and line(one) % 4 == 0),
    ("every second of the documents alone", lambda one: of_document(one) and line(one) % 2 == 0),
    ("all but vivid", lambda one: not one.id.startswith("vivid")),
    ("all but plain-wide", lambda one: not one.id.startswith("plain-wide")),
    ("all but official", lambda one: not one.id.startswith("official")),
)


def line(one: Exemplar) -> int:
    return int(one.id.partition(":")[2])


def groups(paths: dict[str, list[Path]], frame: Framework, known: match.Knowledge) -> Groups:
    return {
        name: [fit.read(path, frame, lambda _: known) for path in files]
        for name, files in paths.items()
    }


def show(
    name: str,
    held: Groups,
    features: tuple[str, ...] = fit.FEATURES,
    teach: Callable[[list[fit.Labelled]], list[fit.Labelled]] = list,
) -> None:
    everyone = [one for policies in held.values() for one in policies]
    cells = []
    for policies in held.values():
        rows = []
        for one in policies:
            fusion = fit.fit(teach(fit.apart(one, everyone)), features)
            rows.append((fit.passage(one, fusion)[2], fit.average_precision(one, fusion)))
        cells += [f"{value:.3f}" for value in np.mean(rows, axis=0)]
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def spread(policies: list[fit.Labelled], count: int) -> list[fit.Labelled]:
    """So many of the policies, evenly chosen."""
    return [policies[i * len(policies) // count] for i in range(count)]


def with_bank(frame: Framework, wanted: Callable[[Exemplar], bool]) -> Framework:
    return replace(frame, exemplars=tuple(filter(wanted, frame.exemplars)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="folder of labelled real texts")
    given = parser.parse_args()
    paths = {
        "tidy": sorted((HERE / "gold").glob("*.json")),
        "untidy": sorted((HERE / "gold" / "untidy").glob("*.json")),
        "real": sorted(given.real.glob("*.json")) if given.real else [],
    }
    paths = {name: files for name, files in paths.items() if files}
    frame = learn.in_commonest_language(framework.load())
    known = match.knower(frame)("en")
    held = groups(paths, frame, known)
    print("| | " + " | ".join(f"{name} F1 | AP" for name in paths) + " |")
    print("|---" * (1 + 2 * len(paths)) + "|")
    show(f"all {len(frame.exemplars):,} exemplars, all signals", held)
    with_priors, fit.with_priors = fit.with_priors, lambda fusion, _: fusion
    show("without priors", held)
    fit.with_priors = with_priors
    for name in fit.FEATURES:
        show(f"without {name}", held, tuple(f for f in fit.FEATURES if f != name))
    for count in (1, 2, 4, 8):
        show(f"fusion fitted on {count}", held, teach=lambda p, n=count: spread(p, n))
    for name, wanted in BANKS:
        part = with_bank(frame, wanted)
        known = learn.learn(part)
        show(f"{name} ({len(part.exemplars):,})", groups(paths, part, known))
    bare = replace(frame, concepts=tuple(replace(c, forms=()) for c in frame.concepts), rules=())
    show("without concepts and rules", groups(paths, bare, learn.learn(bare)))
    vectors.parts = lambda _: ()
    show("without parts of words", groups(paths, frame, learn.learn(frame)))


if __name__ == "__main__":
    main()
