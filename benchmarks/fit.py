"""Fit the fusion (how the matchers' scores become a probability) on labelled policies.

usage: fit.py GOLD.json... [--write seeds/gcm/fusion.json]
       fit.py GOLD.json... --leave-one-out FOLDER [--pdf POLICY.pdf...]

Every labelled unit is a segment with its headings; a logistic regression over the matchers' scores
is fitted with equal weight for each policy. With --leave-one-out each policy is scored by a fusion
fitted on the others; PDFs whose names begin with the policy's go through the whole pipeline with
that fusion, and their analyses are written to FOLDER for a scorer.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aligner import framework, ingest, match
from aligner.analyze import assemble
from aligner.match.combine import choose, probabilities
from aligner.match.scores import prior
from aligner.model import Framework, Fusion, Segment
from aligner.options import Options
from aligner.report.tables import write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    Knower = Callable[[str], match.Knowledge]

# Measured and left out, since the figures fall with them or stay: cosines with the action's text
# and with its objective, the machine with the context alone, the objectives of the segments around,
# the nearest exemplars and near misses, rejection, headings that announce measures, kind and length
# of the segment.
FEATURES = (
    "linear", "evidence", "share", "rules", "commitment", "background_section",
)  # fmt: skip


# No policy's threshold goes below this, so that one about another matter yields nothing.
LOWEST = 0.25


@dataclass
class Labelled:
    """A labelled policy with the matchers' scores of its units."""

    name: str
    segments: list[Segment]
    truth: np.ndarray  # 0 no, 1 partial, 2 full, -1 optional
    values: dict[str, np.ndarray]
    actions: tuple[str, ...]
    objective_of: np.ndarray
    weight: float = 1.0


def units(policy: dict) -> list[tuple[Segment, list[dict]]]:
    out, headings, lead = [], [], ""
    language = policy.get("language", "en")
    for block in policy["blocks"]:
        if block["kind"] == "heading":
            level = block.get("level", 1)
            headings = [h for h in headings if h[0] < level] + [(level, block["text"])]
            lead = ""
            continue
        section = tuple(text for _, text in headings)
        if block["kind"] == "table":
            context = (" ".join(map(str, block.get("header") or [])),)
            for row, labels in zip(block["rows"], block["row_labels"], strict=True):
                out.append((("row", " ".join(map(str, row)), section, context), labels))
            continue
        out.append(
            (("paragraph", block["text"], section, (lead,) if lead else ()), block["labels"])
        )
        if block["kind"] != "bullet":
            lead = block["text"] if block["text"].rstrip().endswith(":") else ""
    return [
        (Segment(f"s{i:04d}", kind, text, 1, 1, section, context, language=language), labels)
        for i, ((kind, text, section, context), labels) in enumerate(out, 1)
    ]


# Real texts are few and what counts: each weighs like three fictional ones.
_REAL = 3.0


def read(path: Path, frame: Framework, know: Knower) -> Labelled:
    policy = json.loads(path.read_text(encoding="utf-8"))
    known = know(policy.get("language", "en"))
    given = units(policy)
    segments = [segment for segment, _ in given]
    truth = np.zeros((len(given), len(known.action_ids)), dtype=int)
    columns = {action: j for j, action in enumerate(known.action_ids)}
    for i, (_, labels) in enumerate(given):
        for label in labels:
            grade = -1 if label.get("optional") else 2 if label["strength"] == "full" else 1
            truth[i, columns[label["action"]]] = grade
    scores = match.score(segments, frame, known=known)
    weight = _REAL if str(policy.get("type", "")).startswith("real") else 1.0
    return Labelled(
        path.stem,
        segments,
        truth,
        dict(scores.values),
        known.action_ids,
        known.objective_of,
        weight,
    )


def table(one: Labelled, features: tuple[str, ...]) -> np.ndarray:
    return np.stack([one.values[name] for name in features], axis=-1)


def fit(
    policies: list[Labelled], features: tuple[str, ...] = FEATURES, strictness: float = 1.0
) -> Fusion:
    fusion = with_priors(weights(policies, features, strictness), policies)
    return trusted(thresholds(fusion, policies), policies)


def weights(policies: list[Labelled], features: tuple[str, ...], strictness: float) -> Fusion:
    from sklearn.linear_model import LogisticRegression

    x, y, w = [], [], []
    for one in policies:
        sure = one.truth >= 0
        x.append(table(one, features)[sure])
        y.append(one.truth[sure] > 0)
        w.append(np.full(int(sure.sum()), one.weight / len(one.segments)))
    xs, ys, ws = np.vstack(x), np.hstack(y), np.hstack(w)
    mean, spread = xs.mean(0), xs.std(0) + 1e-9
    model = LogisticRegression(C=strictness, max_iter=3000)
    model.fit((xs - mean) / spread, ys, sample_weight=ws * len(ws) / ws.sum())
    slopes = model.coef_[0] / spread
    return Fusion(
        bias=round(float(model.intercept_[0] - (slopes * mean).sum()), 4),
        weights=tuple((n, round(float(s), 4)) for n, s in zip(features, slopes, strict=True)),
        accept=LOWEST,
        full=0.5,
        learnt=tuple(one.name for one in policies),
    )


# So many labels weigh like what the words alone suggest: few are as good (.3 to 1), and two
# passes change nothing.
_DOUBT = 0.6


def apart(one: Labelled, policies: list[Labelled]) -> list[Labelled]:
    """The policies but this, its translations and its original ("berania_fr", "berania")."""
    return [p for p in policies if not (p.name.startswith(one.name) or one.name.startswith(p.name))]


def with_priors(fusion: Fusion, policies: list[Labelled]) -> Fusion:
    """The fusion with the log of observed to expected labels of each action.

    Shrunk towards none, since most actions have few labels (a gamma prior on the ratio, as in
    disease mapping: Clayton and Kaldor, 1987).
    """
    found, expected = 0.0, 0.0
    for one in policies:
        found = found + (one.truth > 0).sum(axis=0)
        expected = expected + np.where(one.truth < 0, 0.0, likely(one, fusion)).sum(axis=0)
    shift = np.log((found + _DOUBT) / (expected + _DOUBT)).round(2)
    priors = tuple((a, float(s)) for a, s in zip(policies[0].actions, shift, strict=True) if s)
    return replace(fusion, weights=(*fusion.weights, ("prior", 1.0)), priors=priors)


def likely(one: Labelled, fusion: Fusion) -> np.ndarray:
    """The probabilities of a policy's pairs by a fusion that may have learnt other priors."""
    return probabilities(one.values | {"prior": prior(fusion, one.actions)[None]}, fusion)


def trusted(fusion: Fusion, policies: list[Labelled]) -> Fusion:
    """The fusion with the trust in gaps: how often an action is one, by its nearest passage."""
    from sklearn.linear_model import LogisticRegression

    odds, true, weights = [], [], []
    for one in policies:
        near, wrong = gaps(one, fusion)
        odds.append(np.log(near / (1 - near)))
        true.append(~wrong)
        weights.append(np.full(len(near), one.weight / len(near)))
    ws = np.hstack(weights)
    model = LogisticRegression(C=100.0)
    model.fit(np.hstack(odds)[:, None], np.hstack(true), sample_weight=ws * len(ws) / ws.sum())
    slope, bias = -float(model.coef_[0, 0]), float(model.intercept_[0])
    return replace(fusion, gap=(round(bias, 4), round(slope, 4)))


def gaps(one: Labelled, fusion: Fusion) -> tuple[np.ndarray, np.ndarray]:
    """For each gap that would be reported: the nearest passage's probability, and is it none."""
    p = likely(one, fusion)
    maybe = (one.truth < 0).any(axis=0) & ~(one.truth > 0).any(axis=0)
    reported = ~choose(p, fusion, one.objective_of).counted.any(axis=0) & ~maybe
    near = np.clip(p.max(axis=0), 0.001, 0.999)
    return near[reported], (one.truth > 0).any(axis=0)[reported]


def thresholds(fusion: Fusion, policies: list[Labelled]) -> Fusion:
    """The fusion with the threshold for full evidence that does best on the policies."""
    weights = [one.weight for one in policies]

    def mean(figure: Callable[[Labelled, Fusion], float], **numbers: float) -> float:
        given = replace(fusion, **numbers)
        return float(np.average([figure(one, given) for one in policies], weights=weights))

    highest = np.round(np.arange(0.3, 0.9, 0.02), 2).tolist()
    heights = {t: mean(kappa, full=t) for t in highest}
    # The curve is flat from .6 to .9, and a false "covered" is the worse mistake: the highest of
    # what is as good. Of the actions called covered, .89 instead of .83 are on tidy policies, and
    # .75 instead of .48 on real ones.
    best = max(heights.values())
    return replace(fusion, full=max(t for t, height in heights.items() if height >= best - 0.01))


def passage(one: Labelled, fusion: Fusion) -> tuple[float, float, float]:
    sure = one.truth >= 0
    chosen = choose(likely(one, fusion), fusion, one.objective_of).counted & sure
    right = (chosen & (one.truth > 0)).sum()
    precision, recall = right / max(chosen.sum(), 1), right / (one.truth > 0).sum()
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def average_precision(one: Labelled, fusion: Fusion) -> float:
    sure = one.truth >= 0
    p, y = likely(one, fusion)[sure], one.truth[sure] > 0
    y = y[np.argsort(-p, kind="stable")]
    return float((np.cumsum(y) / np.arange(1, len(y) + 1) * y).sum() / y.sum())


def kappa(one: Labelled, fusion: Fusion) -> float:
    p = likely(one, fusion)
    chosen = choose(p, fusion, one.objective_of).counted
    got = np.where(chosen, np.where(p >= fusion.full, 2, 1), 0).max(axis=0)
    want = np.maximum(one.truth, 0).max(axis=0)
    a, b = np.bincount(want, minlength=3) / len(want), np.bincount(got, minlength=3) / len(got)
    apart = np.subtract.outer(np.arange(3), np.arange(3)) ** 2 / 4
    expected = (apart * np.outer(a, b)).sum()
    return float(1 - (((want - got) ** 2) / 4).mean() / expected) if expected else 1.0


def share_of_gaps(one: Labelled, fusion: Fusion) -> float:
    """The share of reported gaps that are gaps."""
    return float(1 - gaps(one, fusion)[1].mean())


def trust_in_gaps(one: Labelled, fusion: Fusion) -> float:
    """The mean trust in them: as large as their share, when it is well calibrated."""
    near = gaps(one, fusion)[0]
    return float(
        np.mean(1 / (1 + np.exp(fusion.gap[1] * np.log(near / (1 - near)) - fusion.gap[0])))
    )


def write_analysis(path: Path, left_out: Framework, *, know: Knower, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = ingest.read(path)
    known = know(document.language)
    analysis = assemble(document, left_out, known=known, options=Options())
    write_json(analysis, folder / f"{path.stem}.json")


def as_json(fusion: Fusion) -> str:
    data = {
        "bias": fusion.bias, "weights": dict(fusion.weights), "accept": fusion.accept,
        "full": fusion.full, "gap": {"bias": fusion.gap[0], "slope": fusion.gap[1]},
        "learnt": list(fusion.learnt),
        "priors": dict(fusion.priors),
    }  # fmt: skip
    return json.dumps(data, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--leave-one-out", type=Path, default=Path("leave_one_out"))
    parser.add_argument("--pdf", nargs="*", type=Path, default=[])
    parser.add_argument("--without", nargs="*", default=[], help="features to leave out")
    given = parser.parse_args()
    frame = framework.load()
    know = match.knower(frame, lambda text: print(text, file=sys.stderr))
    policies = [read(path, frame, know) for path in given.gold]
    features = tuple(f for f in FEATURES if f not in given.without)
    for one in policies if len(policies) > 1 else []:
        fusion = fit(apart(one, policies), features)
        precision, recall, f1 = passage(one, fusion)
        print(
            f"{one.name:16s} left out: passage P {precision:.3f} R {recall:.3f} F1 {f1:.3f} "
            f"AP {average_precision(one, fusion):.3f} kappa {kappa(one, fusion):.3f} "
            f"full {fusion.full} gaps {share_of_gaps(one, fusion):.3f} "
            f"(trust {trust_in_gaps(one, fusion):.3f})"
        )
        for path in given.pdf:
            if path.stem.startswith(one.name):
                left_out = replace(frame, fusion=fusion)
                write_analysis(path, left_out, know=know, folder=given.leave_one_out)
    fusion = fit(policies, features)
    print(as_json(fusion))
    if given.write:
        given.write.write_text(as_json(fusion), encoding="utf-8")


if __name__ == "__main__":
    main()
