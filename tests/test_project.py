"""The project as a stranger meets it: the README's commands, the faces that must start at once."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def readme_commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL)[:2]


def test_readme_begins_with_two_commands_of_one_line():
    """On a fresh machine two lines do everything."""
    assert len(readme_commands()) == 2
    assert all("\n" not in command for command in readme_commands())


def test_ci_runs_the_readme_commands_word_for_word():
    """What the README promises is what CI proves."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert all(command in lines for command in readme_commands())
    assert any(line.startswith("scripts/check") for line in lines)


def test_lock_names_no_registry():
    """The lock holds exact versions and no address."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"[\w.-]+==\S+( ;.*)?$", line) for line in lines), lines
    assert not any("://" in line for line in lines)


def test_every_dependency_is_locked_and_explained():
    """docs/dependencies.md says why each is there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {
        line.partition("==")[0].lower()
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    }
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    extras = [d for group in project["optional-dependencies"].values() for d in group]
    for requirement in (*project["dependencies"], *extras):
        name = re.match(r"[\w.-]+", requirement).group().lower()
        assert name.replace(".", "-") in locked, name
        assert f"`{name}`" in told, name


@pytest.mark.parametrize("command", [["--help"], ["analyze", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(command):
    """Help starts at once: no spaCy, scikit-learn, pandas, numpy or openpyxl."""
    heavy = (
        "{'spacy', 'sklearn', 'pandas', 'numpy', 'openpyxl', 'pdfplumber', 'pypdfium2', 'scipy'}"
    )
    code = (
        "import sys; from aligner.cli import main\n"
        f"sys.argv = ['aligner', *{command!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"found = {heavy} & set(sys.modules)\n"
        "assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_command_is_documented():
    """docs/cli.md shows each command's help as it is (scripts/docs renews it)."""
    from typer.main import get_command

    from aligner.cli import app

    told = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    root = get_command(app)
    for name, command in root.commands.items():
        for inner in getattr(command, "commands", {"": None}):
            assert f"## aligner {name} {inner}".strip() in told


def test_no_path_or_registry_of_a_machine_stands_in_the_project():
    """A stranger can carry it on: nothing points at the machine it was written on."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    names = [
        n for n in done.stdout.split("\0") if n.endswith((".py", ".md", ".toml", ".lock", ".sh"))
    ]
    forbidden = ("/ro" + "ot/", "/wo" + "rk/", "files.python" + "hosted", "--index" + "-url")
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not [f for f in forbidden if f in text], name
