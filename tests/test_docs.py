"""The documents keep their word: every code is explained, links lead somewhere, examples load."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook

from aligner import framework
from aligner.match import principles
from aligner.match.rules import check

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "aligner"
DOCUMENTS = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not any(part[0] == "." or part == "reports" for part in path.relative_to(ROOT).parts)
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A block of code whose first line names a file: ```toml my_pack/rules.toml
EXAMPLE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"[a-z][a-z_-]*")


def constants(node: ast.AST) -> set[str]:
    """The texts in an expression that can be codes ("hit" if wanted else "miss" gives both)."""
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant)
        and isinstance(one.value, str)
        and CODE.fullmatch(one.value)
    }


def first_of_tuples(node: ast.AST) -> set[str]:
    """The first texts of the tuples in a function that passes codes on in tables."""
    firsts = [one.elts[0] for one in ast.walk(node) if isinstance(one, ast.Tuple) and one.elts]
    return {one.value for one in firsts if isinstance(one, ast.Constant) and constants(one)}


def given_code(call: ast.Call) -> ast.expr | None:
    """The argument of Note(), Fault() or text.note() that is its code; None for other calls."""
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    named = [word.value for word in call.keywords if word.arg == "code"]
    if name not in {"Note", "Fault", "note"}:
        return None
    return (named or call.args or [None])[0]


def codes_of(tree: ast.Module) -> set[str]:
    """The codes that one module gives to notes and faults."""
    found: set[str] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        if function.name.endswith("_notes"):  # the reading child sends notes as plain tuples
            found |= first_of_tuples(function)
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            code = given_code(call)
            if isinstance(code, ast.Name):
                found |= first_of_tuples(function)
            elif code is not None:
                found |= constants(code)
    return found


def source_codes() -> set[str]:
    """Every code that an error, a note or a fault can bear."""
    found: set[str] = set()
    for path in sorted(SOURCE.rglob("*.py")):
        found |= codes_of(ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(ast.parse((SOURCE / "errors.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and [getattr(t, "id", "") for t in node.targets] == [
            "code"
        ]:
            found |= constants(node.value)
    return found


def explained_codes() -> list[str]:
    """The codes in the first column of the tables of docs/messages.md."""
    text = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)


def written(document: str, folder: Path, *, into: str = "w") -> list[Path]:
    """The examples of a document that name a file, written into the folder."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    out = []
    for name, content in EXAMPLE.findall(text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(into, encoding="utf-8") as file:
            file.write(content if into == "w" else f"\n{content}")
        out.append(path)
    return out


def test_codes_are_found_in_the_source():
    """The collector sees each way in which the source names a code."""
    known = {"missing", "paraphrase", "page_unread", "text_cut", "footnote_mark", "hit", "miss"}
    assert known <= source_codes()


def test_every_code_is_explained():
    """Whatever aligner says, docs/messages.md says what it means and what to do."""
    assert sorted(source_codes() - set(explained_codes())) == []


def test_no_explained_code_is_stale():
    """docs/messages.md explains nothing that aligner never says, and nothing twice."""
    explained = explained_codes()
    assert sorted(set(explained) - source_codes()) == []
    assert len(explained) == len(set(explained))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_to_files(document: Path):
    """A reader who follows a link finds a page."""
    links = LINK.findall(document.read_text(encoding="utf-8"))
    local = [link.split("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_every_page_of_docs_is_reached_from_the_readme():
    """No page is written for nobody: each is linked from the README or from a page it links."""
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or not page.is_file() or page.suffix != ".md":
            continue
        seen.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        ahead += [
            (page.parent / link.split("#")[0]).resolve() for link in links if "://" not in link
        ]
    assert sorted(p.name for p in (ROOT / "docs").glob("*.md") if p not in seen) == []


def test_examples_of_lists_say_the_same(tmp_path: Path):
    """The Markdown, CSV, JSON and Excel examples are one list in four forms."""
    lists = [path for path in written("framework.md", tmp_path) if path.parent == tmp_path]
    assert [path.suffix for path in lists] == [".md", ".csv", ".json"]
    book, rows = Workbook(), (tmp_path / "my_actions.csv").read_text(encoding="utf-8").splitlines()
    for row in rows:
        book.active.append(row.split(","))
    book.save(tmp_path / "my_actions.xlsx")
    loaded = [framework.load(str(path)) for path in (*lists, tmp_path / "my_actions.xlsx")]
    assert len({(one.objectives, one.actions) for one in loaded}) == 1
    assert [action.id for action in loaded[0].actions] == ["1.a", "1.b", "2.a"]
    assert {fault.code for one in loaded for fault in one.faults} == {"no_rules"}


def test_example_of_a_pack_loads_and_its_rule_holds(tmp_path: Path):
    """The example pack is sound, and its rule does what its sentences say."""
    written("framework.md", tmp_path)
    pack = framework.load(str(tmp_path / "my_pack"))
    assert [rule.id for rule in pack.rules] == ["1.b-fees"]
    assert [fault for fault in check(pack) if fault.message.startswith("1.b-fees")] == []


def test_example_of_corrections_mends_what_it_says(tmp_path: Path):
    """The example's space, footnote mark and repeated objective are mended and marked."""
    written("framework.md", tmp_path)
    pack = framework.load(str(tmp_path / "my_corrected_pack"))
    first, second = pack.actions
    assert first.text == "License recruitment agencies, publish the list of those licensed."
    assert not first.paraphrase
    assert second.paraphrase
    assert second.text.startswith("Advise returning workers")
    assert not any(fault.code == "stale_correction" for fault in pack.faults)


def test_official_text_replaces_the_paraphrase(tmp_path: Path):
    """The four steps of docs/framework.md lead to a list without a dagger, with all rules."""
    shutil.copytree(ROOT / "seeds" / "gcm", tmp_path / "my_gcm")
    given = (ROOT / "seeds" / "gcm_actions.md").read_text(encoding="utf-8")
    shipped = framework.load("gcm")
    title = next(one.title for one in shipped.objectives if one.id == "20")
    actions = "".join(f"- {letter}. The published text of ({letter}).\n" for letter in "abcdefghi")
    own = f"# Objective 20\n## Title: {title}\n## Associated actions\n{actions}\n"
    mended = re.sub(r"# Objective 20\n.*?(?=# Objective 21\n)", own, given, flags=re.DOTALL)
    (tmp_path / "gcm_actions.md").write_text(mended, encoding="utf-8")
    loaded = framework.load(str(tmp_path / "my_gcm"))
    assert not any(action.paraphrase for action in loaded.actions)
    assert [action.id for action in loaded.actions] == [action.id for action in shipped.actions]
    assert len(loaded.rules) == len(shipped.rules)
    assert "stale_correction" in {fault.code for fault in loaded.faults}


def test_examples_of_rules_hold_in_a_copy_of_the_pack(tmp_path: Path):
    """Rule, concept, cue and principle of docs/rules.md can be pasted into a copy of gcm."""
    shutil.copytree(ROOT / "seeds" / "gcm", tmp_path / "my_gcm")
    shutil.copy(ROOT / "seeds" / "gcm_actions.md", tmp_path)
    assert len(written("rules.md", tmp_path, into="a")) == 4
    loaded = framework.load(str(tmp_path / "my_gcm"))
    assert loaded.principles[-1].id == "digital-by-default"
    assert principles.check(loaded) == ()
    ours = ("6.c-repay-fees", "awaits_funds")
    assert {rule.id for rule in loaded.rules} | {cue.id for cue in loaded.cues} >= set(ours)
    assert [fault for fault in check(loaded) if fault.message.startswith(ours)] == []
