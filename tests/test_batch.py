"""Folders of policies: found in order, named without collision, nothing lost, the same bytes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aligner.batch import find, report_names, run
from aligner.errors import Missing, OutputError
from aligner.options import Options

SAMPLE = Path(__file__).parents[1] / "sample_policies" / "maravia_labour_migration_policy.pdf"


def test_folder_is_searched_in_any_case_and_depth(tmp_path):
    """name.PDF and folders below count; other files do not."""
    (tmp_path / "b").mkdir()
    for name in ("z.PDF", "b/a.pdf", "notes.xyz"):
        (tmp_path / name).write_bytes(b"")
    assert [p.relative_to(tmp_path).as_posix() for p in find([tmp_path])] == ["b/a.pdf", "z.PDF"]


def test_links_in_a_circle_end(tmp_path):
    """A link to the folder above is not followed."""
    (tmp_path / "a.pdf").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(find([tmp_path])) == 1


def test_policy_named_twice_is_analysed_once(tmp_path):
    """A file and its folder name the same policy."""
    (tmp_path / "a.pdf").write_bytes(b"")
    assert find([tmp_path / "a.pdf", tmp_path]) == [tmp_path / "a.pdf"]


@given(st.lists(st.sampled_from(["a.pdf", "A.PDF", "x/a.pdf", "y/a.pdf", "x/..pdf", "CON.pdf"])))
def test_no_two_policies_share_a_report(names):
    """Names that differ in case or folder only get reports of their own."""
    policies = list(dict.fromkeys(map(Path, names)))
    reports = [name.lower() for name in report_names(policies).values()]
    assert len(set(reports)) == len(policies)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_name_that_is_no_text_gets_a_report():
    """A name of any bytes can be shown and written."""
    (name,) = report_names([Path(os.fsdecode(b"caf\xe9.pdf"))]).values()
    name.encode()


def test_two_runs_give_the_same_bytes(tmp_path):
    """Same input, same bytes: workbook and JSON, also from another folder."""
    shutil.copy(SAMPLE, tmp_path / "policy.pdf")
    first = run([tmp_path / "policy.pdf"], Options(), output=tmp_path / "one")
    second = run([tmp_path / "policy.pdf"], Options(), output=tmp_path / "two")
    assert [p.suffix for p in first.written] == [".xlsx", ".json"]
    for a, b in zip(first.written, second.written, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_folder_gets_a_comparison_and_a_list_of_failures(tmp_path):
    """Several policies: a report each, one comparison, and what failed with its reason."""
    shutil.copy(SAMPLE, tmp_path / "a.pdf")
    shutil.copy(SAMPLE, tmp_path / "b.pdf")
    (tmp_path / "c.pdf").write_bytes(b"")
    outcome = run([tmp_path], Options(formats=("xlsx",)), output=tmp_path / "out")
    assert [p.name for p in outcome.written] == ["a.xlsx", "b.xlsx", "comparison.xlsx"]
    assert [f.source for f in outcome.failures] == ["c.pdf"]
    assert any(note.code == "duplicate" for _, note in outcome.notes)


def test_one_file_for_several_policies_is_refused(tmp_path):
    """-o NAME.xlsx means one policy."""
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(OutputError):
        run([tmp_path], Options(), output=tmp_path / "x.xlsx")


def test_empty_folder_says_so(tmp_path):
    """Nothing to analyse is a message, not an empty report."""
    with pytest.raises(Missing):
        run([tmp_path], Options())


def test_output_that_is_a_file_is_a_message(tmp_path):
    """A folder that cannot be made names itself and what to do."""
    shutil.copy(SAMPLE, tmp_path / "policy.pdf")
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError):
        run([tmp_path / "policy.pdf"], Options(), output=tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_ending_that_aligner_does_not_write_is_refused(tmp_path):
    """`-o report.xls` makes neither a broken file nor a folder of that name."""
    shutil.copy(SAMPLE, tmp_path / "policy.pdf")
    with pytest.raises(OutputError, match="xls"):
        run([tmp_path / "policy.pdf"], Options(), output=tmp_path / "report.xls")
    assert not (tmp_path / "report.xls").exists()
