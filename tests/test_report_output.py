"""A report takes its place as a whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aligner.errors import OutputError
from aligner.report.output import replace_file
from aligner.report.xlsx import write_xlsx
from builders import build_analysis

posix_only = pytest.mark.skipif(os.name == "nt", reason="needs POSIX")


def _write(data: bytes):
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_and_old_files_are_written_whole(tmp_path):
    """A first report and its successor stand at the place that was asked for, and nothing else."""
    target = tmp_path / "report.xlsx"
    assert replace_file(target, _write(b"one")).path == target
    written = replace_file(target, _write(b"two"))
    assert (written.path, written.note) == (target, None)
    assert target.read_bytes() == b"two"
    assert _names(tmp_path) == ["report.xlsx"]


def test_failure_while_writing_keeps_the_old_report(tmp_path):
    """Whatever goes wrong half-way, the old report is as it was and no half file is left."""
    target = tmp_path / "report.xlsx"
    target.write_bytes(b"old")

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(target, fail)
    assert target.read_bytes() == b"old"
    assert _names(tmp_path) == ["report.xlsx"]


@posix_only
def test_full_disk_keeps_the_old_report(tmp_path):
    """With no room left, the error says so, the old report is whole, and nothing lies about."""
    target = tmp_path / "report.xlsx"
    target.write_bytes(b"old")
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from aligner.errors import OutputError\n"
        "from aligner.report.output import replace_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    replace_file(Path(sys.argv[1]), lambda path: path.write_bytes(b'x' * 100000))\n"
        "except OutputError as error:\n"
        "    print(error, '|', error.hint)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(target)], capture_output=True, text=True, check=True
    )
    assert "no room" in run.stdout
    assert "Free some space" in run.stdout
    assert target.read_bytes() == b"old"
    assert _names(tmp_path) == ["report.xlsx"]


def test_folder_in_place_of_the_file_is_refused(tmp_path):
    """A folder is never replaced by a report."""
    (tmp_path / "report.xlsx").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        replace_file(tmp_path / "report.xlsx", _write(b"x"))
    assert _names(tmp_path) == ["report.xlsx"]


@posix_only
def test_device_is_refused_and_stays(tmp_path):
    """`-o /dev/null` as root must not delete the device (here a pipe stands for it)."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="not an ordinary file"):
        replace_file(tmp_path / "pipe", _write(b"x"))
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("name", ["none/report.xlsx", "file/report.xlsx", "x" * 300, "nul\0.xlsx"])
def test_impossible_places_are_output_errors(tmp_path, name):
    """A missing folder, a file for a folder, a name too long, a name with NUL: each with a hint."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError) as caught:
        replace_file(tmp_path / name, _write(b"x"))
    assert caught.value.hint
    assert caught.value.exit_code == 5
    assert _names(tmp_path) == ["file"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_an_output_error(tmp_path):
    """A folder that can only be read says so and names the way out."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError) as caught:
            replace_file(tmp_path / "report.xlsx", _write(b"x"))
        assert "folder of your own" in caught.value.hint
    finally:
        tmp_path.chmod(0o700)


@posix_only
def test_name_that_is_not_unicode_is_shown_and_written(tmp_path):
    """A name of bytes from another system is a name like any other."""
    target = tmp_path / os.fsdecode(b"caf\xe9.xlsx")
    assert replace_file(target, _write(b"x")).path.read_bytes() == b"x"
    with pytest.raises(OutputError) as caught:
        replace_file(tmp_path / os.fsdecode(b"caf\xe9") / "r.xlsx", _write(b"x"))
    str(caught.value).encode()


def test_open_report_gets_a_neighbour(tmp_path, monkeypatch):
    """A report open in Excel is left alone: the new one stands beside it, and the note says where.

    Windows alone refuses to replace an open file, so the refusal is put in by hand here.
    """
    target = tmp_path / "report.xlsx"
    target.write_bytes(b"open")
    (tmp_path / "report (2).xlsx").write_bytes(b"the analyst's copy")
    real = Path.replace

    def refuse(self, place):
        if Path(place) == target:
            raise PermissionError(13, "in use")
        return real(self, place)

    monkeypatch.setattr(Path, "replace", refuse)
    written = replace_file(target, _write(b"new"))
    assert written.path.name == "report (3).xlsx"
    assert written.path.read_bytes() == b"new"
    assert target.read_bytes() == b"open"
    assert "report (3).xlsx" in written.note.message
    assert _names(tmp_path) == ["report (2).xlsx", "report (3).xlsx", "report.xlsx"]


@posix_only
def test_link_is_followed_and_rights_are_kept(tmp_path):
    """A link to the report stays a link, and who could read the old report can read the new one."""
    real, link = tmp_path / "real.xlsx", tmp_path / "link.xlsx"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, _write(b"new"))
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640


def test_workbook_that_somebody_changed_is_kept(tmp_path):
    """An analyst's comments survive the next run: the new report gets a name of its own."""
    from openpyxl import load_workbook

    path = tmp_path / "report.xlsx"
    write_xlsx(build_analysis(), path)
    assert write_xlsx(build_analysis(), path).path == path
    book = load_workbook(path)
    book["Actions"]["A1"] = "mine"
    book.save(path)
    kept = path.read_bytes()
    written = write_xlsx(build_analysis(), path)
    assert written.path == tmp_path / "report (2).xlsx"
    assert written.note is not None
    assert path.read_bytes() == kept
