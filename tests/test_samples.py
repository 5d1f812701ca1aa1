"""The sample policies are what their sources say, and are described."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pdfminer.pdfpage import PDFPage

FOLDER = Path(__file__).parents[1] / "sample_policies"
NAMES = (
    "kordavia_migration_integration_policy.pdf",
    "maravia_labour_migration_policy.pdf",
    "nalumbo_diaspora_strategy_action_plan.pdf",
)


def make_samples(folder: Path, **environment: str) -> dict[str, bytes]:
    """Run the documented command and return the files that it made."""
    folder.mkdir()
    command = [sys.executable, str(FOLDER / "make.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def count_pages(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in PDFPage.get_pages(file))


def test_samples_rebuilt_are_byte_identical(tmp_path):
    """Whoever runs make.py gets the committed files, whatever the hash seed and the time zone."""
    pytest.importorskip("reportlab")
    pytest.importorskip("pyphen")
    committed = {name: (FOLDER / name).read_bytes() for name in NAMES}
    assert make_samples(tmp_path / "a", PYTHONHASHSEED="1", TZ="Asia/Tokyo") == committed
    assert make_samples(tmp_path / "b", PYTHONHASHSEED="2", TZ="UTC", LC_ALL="C") == committed


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_a_whole_policy_of_modest_size(name):
    """Each sample has at least 12 pages and stays small enough to be kept in the repository."""
    assert count_pages(FOLDER / name) >= 12
    assert (FOLDER / name).stat().st_size < 400_000


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_described_with_its_pages(name):
    """The README names each sample and tells how many pages it has."""
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| `{name}`"))
    assert f"| {count_pages(FOLDER / name)} |" in row


def test_every_source_says_that_it_is_fictional():
    """Nobody takes a sample for the policy of a real country."""
    sources = sorted((FOLDER / "sources").glob("*.md"))
    assert len(sources) == len(NAMES)
    for path in sources:
        assert "\nimprint: Fictional document." in path.read_text(encoding="utf-8")
