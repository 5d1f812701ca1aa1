"""What was learnt of a framework is made once, then kept in a cache.

The cache holds plain arrays and JSON (never pickle) under the hash of everything they were made
from; a file that does not carry its own full key is not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aligner.framework import Exemplars, seeds
from aligner.match.learn import PARTS, Knowledge, learn, objective_numbers
from aligner.match.lexicon import lexicon_of
from aligner.match.vectors import Vectorizer, features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aligner.model import Exemplar, Framework

# Raise when the way the numbers are made changes.
_RECIPE = 9


def know(
    framework: Framework, announce: Callable[[str], None] = lambda _: None, *, alone: bool = False
) -> Knowledge:
    """The knowledge of a framework: shipped with it, or from the cache, or learnt and put there."""
    # Made now, while a child process reads the policy.
    lexicon_of(framework, "en")
    key = key_of(framework, alone=alone)
    path = _folder() / f"knowledge-{key[:24]}.npz"
    held = (_restore(one, key, framework) for one in (*shipped(), path))
    known = next((one for one in held if one is not None), None)
    if known is None:
        if framework.exemplars:
            announce(f"Learning from {len(framework.exemplars):,} exemplars (once)")
        known = learn(framework, alone=alone)
        keep(known, key, path)
    return known


# Below this share of the exemplars in the commonest language (a judgement) they are few.
_FEW = 0.25


def scarce(known: Knowledge, language: str) -> bool:
    """Whether the machines learnt from few exemplars in a language, or from none."""
    counts = Counter(dict(known.languages))
    return language != "" and counts[language] < _FEW * max(counts.values(), default=0)


def shipped() -> tuple[Path, Path]:
    """Where the knowledge of the shipped pack stands: of its commonest language, and of all.

    Made by scripts/learn.
    """
    return seeds() / "gcm" / "knowledge.npz", seeds() / "gcm" / "knowledge_all.npz"


def key_of(framework: Framework, *, alone: bool) -> str:
    """A hash of all that the numbers are made of: texts, labels, concepts and the way of making.

    The features of the actions stand for the way texts are cut: another stemmer, other stop words
    or other spellings make another key. How machines are fitted is in _RECIPE alone.
    Rules, cues and the fusion are no part of it: they change without anything being learnt anew.
    Exemplars need not be read for it.
    """
    cut = zip(framework.actions, features(a.text for a in framework.actions), strict=True)
    parts = [
        f"recipe {_RECIPE} {alone}",
        *(f"{a.id} {a.objective} {a.text} {words}" for a, words in cut),
        *(f"{o.id} {o.title} {o.commitment}" for o in framework.objectives),
        _hash(framework.exemplars),
        *(f"{c.id} {c.forms}" for c in framework.concepts),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _hash(bank: Sequence[Exemplar]) -> str:
    return bank.sha256 if isinstance(bank, Exemplars) else repr(bank)


def _folder() -> Path:
    """Where caches live: ALIGNER_CACHE, else the customary folder of the system."""
    if chosen := os.environ.get("ALIGNER_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "aligner"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "aligner"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aligner"


_SPARSE = ("actions", "centroids", "exemplars", "weights")
_DENSE = ("labelled", "intercepts")


def keep(known: Knowledge, key: str, path: Path, *, small: bool = False) -> None:
    """Writes the knowledge; a folder that cannot be written to is no reason to stop.

    To make the file `small`, a third as large, takes two seconds and a tenth at each reading.
    """
    vocabulary = sorted(known.vectorizer.vocabulary, key=lambda f: known.vectorizer.vocabulary[f])
    arrays = {name: getattr(known, name) for name in _DENSE}
    arrays["idf"] = known.vectorizer.idf
    for name in _SPARSE:
        matrix = getattr(known, name).tocsr()
        arrays |= {
            f"{name}_data": np.round(matrix.data * PARTS[name]).astype(np.int16),
            f"{name}_indices": np.diff(matrix.indices.astype(np.uint32), prepend=np.uint32(0)),
            f"{name}_indptr": matrix.indptr,
            f"{name}_shape": np.array(matrix.shape),
        }
    head = {
        "key": key, "vocabulary": vocabulary,
        "exemplars": known.exemplar_ids, "languages": known.languages,
    }  # fmt: skip
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
            (np.savez_compressed if small else np.savez)(file, **arrays)
        Path(file.name).replace(path)
    except OSError:
        return


def _restore(path: Path, key: str, framework: Framework) -> Knowledge | None:
    """The knowledge in a cache file, or None when there is none that can be believed."""
    import scipy.sparse as sp

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        head = json.loads(arrays.pop("head").tobytes())
        if head["key"] != key:
            return None
        parts = {
            name: sp.csr_matrix(
                (
                    arrays[f"{name}_data"] / np.float32(PARTS[name]),
                    np.cumsum(arrays[f"{name}_indices"], dtype=np.uint32).astype(np.int32),
                    arrays[f"{name}_indptr"],
                ),
                shape=tuple(arrays[f"{name}_shape"]),
            )
            for name in _SPARSE
        }
        return Knowledge(
            vectorizer=Vectorizer({g: i for i, g in enumerate(head["vocabulary"])}, arrays["idf"]),
            action_ids=tuple(a.id for a in framework.actions),
            objective_of=objective_numbers(framework),
            exemplar_ids=tuple(head["exemplars"]),
            languages=tuple((str(language), int(count)) for language, count in head["languages"]),
            **parts,
            **{name: arrays[name] for name in _DENSE},
        )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
