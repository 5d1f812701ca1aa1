"""The commands as a user runs them: real processes, exit codes, what is printed where."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aligner.report.tables import write_json
from builders import build_analysis, build_segments

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_policies" / "maravia_labour_migration_policy.pdf"


def aligner(
    *arguments: object, given: str = "", folder: Path = ROOT
) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "aligner", *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
    )


def test_analyze_writes_just_what_was_named(tmp_path):
    """-o NAME.json writes one file, and its path is the only output."""
    done = aligner("analyze", SAMPLE, "-o", tmp_path / "a.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data["schema"] == "aligner.analysis/1"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("analyze", "none.pdf"), 3),
        (("analyze",), 2),
        (("analyze", SAMPLE, "--framework", "none"), 4),
        (("analyze", SAMPLE, "--format", "odt"), 4),
        (("framework", "show", "none"), 4),
        (("framework", "check", ROOT / "seeds" / "gcm_actions.md"), 4),
        (("explain", SAMPLE, "--action", "99.z"), 4),
        (("explain", SAMPLE), 2),
        (("rules", "check"), 0),
        (("framework", "list"), 0),
        (("framework", "example", "plain_05-07:0"), 4),
    ],
)
def test_every_end_has_its_exit_code(arguments, code):
    """Scripts can tell what happened; there is never a traceback."""
    done = aligner(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout or done.stderr


def test_explain_names_rule_and_passage():
    """From any cell an analyst can go to the page and to the rule."""
    done = aligner("explain", SAMPLE, "--action", "6.c")
    assert done.returncode == 0, done.stderr
    assert "6.c" in done.stdout
    assert "page" in done.stdout


def test_known_wording_can_be_read():
    """A reason names the example that reads alike; an analyst can ask for its words."""
    done = aligner("framework", "example", "plain_05-07:12")
    assert done.returncode == 0, done.stderr
    words, labels = done.stdout.splitlines()
    bank = ROOT / "seeds" / "gcm" / "exemplars" / "plain_05-07.jsonl"
    assert json.loads(bank.read_text(encoding="utf-8").split("\n")[11])["text"] == words
    assert labels.startswith("Evidence for: ")


def test_explain_page_tells_what_was_found():
    """A page shows its segments and what they are evidence for."""
    done = aligner("explain", SAMPLE, "--page", "8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_score_reads_and_writes_lines():
    """One JSON object in, one out, with the same id."""
    done = aligner("score", given='{"id": "x", "text": "Reduce the cost of remittances."}\n')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "x"


def test_evaluate_prints_and_writes_what_is_asked_for(tmp_path):
    """Text by default, --json for programs, a workbook by the ending of -o; notes stay apart."""
    stored, gold = tmp_path / "a.json", tmp_path / "gold.json"
    write_json(build_analysis(), stored)
    blocks = [
        {"id": one.id, "kind": "bullet", "text": one.text, "labels": []} for one in build_segments()
    ]
    blocks[0]["labels"] = [{"action": action, "strength": "full"} for action in ("5.a", "99.z")]
    gold.write_text(json.dumps({"blocks": blocks}), encoding="utf-8")
    text = aligner("evaluate", gold, stored)
    assert text.returncode == 0, text.stderr
    assert "By objective" in text.stdout
    assert "99.z" in text.stdout
    told = aligner("evaluate", gold, stored, gold, stored, "--json")
    assert len(json.loads(told.stdout)["policies"]) == 2
    assert "99.z" in told.stderr
    book = aligner("evaluate", gold, stored, "-o", tmp_path / "e.xlsx")
    assert book.stdout.strip() == str(tmp_path / "e.xlsx")
    assert (tmp_path / "e.xlsx").read_bytes().startswith(b"PK")
    assert aligner("evaluate", gold, stored, "--format", "odt").returncode == 4
    assert aligner("evaluate", stored, gold).returncode == 3
    assert aligner("evaluate", tmp_path / "none.json").returncode == 3


def test_evaluate_reads_the_labelled_text_where_no_policy_is_named(tmp_path):
    """Matching is scored alone, through the real matchers, and a fee ban is found."""
    passage = "Recruitment agencies shall not charge recruitment fees to migrant workers."
    labels = [{"action": "6.c", "strength": "full"}]
    block = {"id": "b1", "kind": "paragraph", "text": passage, "labels": labels}
    (tmp_path / "gold.json").write_text(json.dumps({"blocks": [block]}), encoding="utf-8")
    done = aligner("evaluate", tmp_path / "gold.json", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["quality"]["recall"] == 1.0


def test_options_file_is_read_and_checked(tmp_path):
    """aligner.toml in the folder is used; a wrong one is a message."""
    (tmp_path / "aligner.toml").write_text('formats = ["json"]\n', encoding="utf-8")
    done = aligner("analyze", SAMPLE, "-o", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [p.suffix for p in (tmp_path / "out").iterdir()] == [".json"]
    (tmp_path / "aligner.toml").write_text("format = 1\n", encoding="utf-8")
    assert aligner("analyze", SAMPLE, folder=tmp_path).returncode == 4
