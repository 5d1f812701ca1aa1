"""The frameworks that are shipped, and lists and packs of the analyst's own."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aligner import framework, match
from aligner.errors import FrameworkError
from aligner.framework.read import read
from aligner.framework.source import open_source
from aligner.model import Action, Framework, Objective

SEEDS = Path(__file__).parents[1] / "seeds"
CONCEPTS = (
    '[concept.fee]\nen = ["recruitment fee", "placement cost*"]\nfr = ["frais de recrutement"]\n'
)
RULE = """
[[rule]]
id = "1.a-fees"
action = "1.a"
weight = 0.9
all = [["@fee", "commission"], ["prohibit", "ban"]]
unless = ["internal migration"]
hits = ["We ban the recruitment fee.", "Commissions are prohibited."]
misses = ["The recruitment fee was high."]
"""
CUE = """
[[cue]]
id = "rejection"
effect = "veto"
weight = 0.8
phrases = ["does not intend"]
hits = ["It does not intend to sign."]
misses = ["It intends to sign."]
"""
EXEMPLAR = (
    '{"kind": "hit", "labels": [{"action": "1.a", "strength": "full"}], "near": [], "text": "Ok."}'
)
LIST = "# Objective 1\n## Title: Work\n## Associated actions\n- a. Ban fees.\n- b. Sign treaties.\n"


def write(path: Path, content: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")
    return str(path)


def pack(folder: Path, **files: str) -> str:
    """A pack folder with a list of two actions; `files` are more TOML files by name."""
    manifest = 'id = "own"\ntitle = "Own"\nversion = "2"\nlist = "list.md"\n'
    for name, content in {"framework": manifest, **files}.items():
        write(folder / f"{name}.toml", content)
    write(folder / "list.md", LIST)
    return str(folder)


def rows_of(wanted: Framework) -> list[tuple[str, str, str, str, str]]:
    rows = [("Objective", "Title", "Commitment", "ID", "Text")]
    for objective in wanted.objectives:
        own = [action for action in wanted.actions if action.objective == objective.id]
        head = (objective.id, objective.title, objective.commitment)
        rows += [(*head, action.id, action.text) for action in own] or [(*head, "", "")]
    return rows


def as_json(wanted: Framework) -> str:
    return json.dumps(
        {
            "framework": "any",
            "objectives": [
                {
                    "id": objective.id,
                    "title": objective.title,
                    "commitment": objective.commitment,
                    "actions": [
                        {"id": action.id.split(".")[1], "text": action.text}
                        for action in wanted.actions
                        if action.objective == objective.id
                    ],
                }
                for objective in wanted.objectives
            ],
        }
    )


def as_csv(wanted: Framework, delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows_of(wanted))
    return out.getvalue()


def save_xlsx(path: Path, rows: list[tuple[str, ...]]) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return str(path)


def outline(found: Framework) -> tuple[tuple[Objective, ...], tuple[Action, ...]]:
    return found.objectives, found.actions


# The shipped frameworks


def test_names_lists_the_shipped_frameworks() -> None:
    """Both the corrected list and the list as given can be named, in a fixed order."""
    assert framework.names() == ("gcm", "gcm-as-given")


def test_seed_list_is_kept_as_it_was_given() -> None:
    """The user's list is never edited: its digest is the one it came with."""
    given_list = Path(__file__).parents[2] / "shared" / "seed" / "gcm_actions.md"
    if not given_list.exists():
        pytest.skip("the list as it was given is not here")
    assert (SEEDS / "gcm_actions.md").read_bytes() == given_list.read_bytes()


def test_gcm_restores_objective_20() -> None:
    """The default framework has the true Objective 20 in nine actions, marked as a paraphrase."""
    gcm = framework.load()
    title = {entry.id: entry.title for entry in gcm.objectives}["20"]
    own = [action for action in gcm.actions if action.objective == "20"]
    assert "remittances" in title
    assert [action.id for action in own] == [f"20.{mark}" for mark in "abcdefghi"]
    assert all(action.paraphrase for action in own)
    assert {action.objective for action in gcm.actions if action.paraphrase} == {"20"}


def test_gcm_keeps_every_other_action_of_the_list() -> None:
    """Corrections add no action and lose none outside Objective 20, and the order is the list's."""
    as_given, gcm = framework.load("gcm-as-given"), framework.load("gcm")
    others = [action.id for action in as_given.actions if action.objective != "20"]
    assert [action.id for action in gcm.actions if action.objective != "20"] == others
    assert [entry.id for entry in gcm.objectives] == [entry.id for entry in as_given.objectives]


def test_gcm_mends_the_slips_of_copying() -> None:
    """Page number, footnote mark, missing spaces and open ends are gone from the texts shown."""
    texts = {action.id: action.text for action in framework.load().actions}
    assert "migrants in countries of destination" in texts["18.e"]
    assert "Paris Agreement and" in texts["2.a"]
    assert "data systems, including" in texts["1.b"]
    assert all(text.endswith(".") for text in texts.values())
    assert not [text for text in texts.values() if any(f",{c}" in text for c in "abcdefgilmorsw")]


def test_gcm_as_given_changes_no_word() -> None:
    """The uncorrected framework holds the words of the file, mistakes included."""
    as_given = framework.load("gcm-as-given")
    lines = (SEEDS / "gcm_actions.md").read_text(encoding="utf-8").splitlines()
    wanted = [line[5:].strip() for line in lines if line.startswith("- ")]
    assert [action.text for action in as_given.actions] == wanted
    assert not any(action.paraphrase for action in as_given.actions)


def test_gcm_as_given_uses_no_remittance_knowledge_for_its_wrong_objective_20() -> None:
    """Rules and exemplars for remittances never speak for the actions put there by mistake."""
    as_given = framework.load("gcm-as-given")
    labels = {action for entry in as_given.exemplars for action, _ in entry.labels}
    assert not {action for action in labels if action.startswith("20.")}
    assert not [rule for rule in as_given.rules if rule.action.startswith("20.")]
    assert "no_rules" in {fault.code for fault in as_given.faults}


def test_gcm_exemplars_are_many_unique_and_sorted() -> None:
    """Every action but none unknown has exemplars, no text twice, in the order of their files."""
    gcm = framework.load()
    labels = {action for entry in gcm.exemplars for action, _ in entry.labels}
    assert labels == {action.id for action in gcm.actions}
    assert len({entry.text for entry in gcm.exemplars}) == len(gcm.exemplars)
    stems = [entry.id.split(":")[0] for entry in gcm.exemplars]
    assert stems == sorted(stems, key=lambda stem: f"{stem}.jsonl")


def test_exemplar_id_is_its_file_and_line() -> None:
    """From the id in a report an analyst finds the line of the exemplar."""
    entry = framework.load().exemplars[1000]
    stem, line = entry.id.split(":")
    lines = (SEEDS / f"gcm/exemplars/{stem}.jsonl").read_text(encoding="utf-8").split("\n")
    assert json.loads(lines[int(line) - 1])["text"] == entry.text


def test_gcm_loads_twice_the_same() -> None:
    """Nothing about a framework depends on order, time or chance."""
    assert framework.load() == framework.load()


def test_gcm_loads_fast() -> None:
    """Loading is below a second even on a busy machine (0.11 s measured without rules)."""
    start = time.process_time()
    framework.load()
    assert time.process_time() - start < 1.5


def test_source_knows_no_counts() -> None:
    """The numbers of actions and objectives come from the files, never from the code."""
    source = Path(framework.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(source.glob("*.py")))
    assert not [number for number in ("187", "190", "178") if number in code]


def test_faults_name_no_folder_of_the_machine() -> None:
    """What goes into reports is the same on every machine."""
    gcm = framework.load()
    things = (*gcm.faults, *gcm.rules, *gcm.concepts, *gcm.cues)
    assert not [thing for thing in things if Path(thing.file).is_absolute()]


# Lists of the analyst's own


def test_list_is_the_same_in_every_format(tmp_path: Path) -> None:
    """Markdown, JSON, CSV and Excel of one list give equal objectives and actions."""
    wanted = framework.load("gcm-as-given")
    found = [
        framework.load(str(SEEDS / "gcm_actions.md")),
        framework.load(write(tmp_path / "list.json", as_json(wanted))),
        framework.load(write(tmp_path / "list.csv", as_csv(wanted))),
        framework.load(write(tmp_path / "semicolon.csv", "\ufeff" + as_csv(wanted, ";"))),
        framework.load(write(tmp_path / "tabs.tsv", as_csv(wanted, "\t"))),
        framework.load(save_xlsx(tmp_path / "list.xlsx", rows_of(wanted))),
    ]
    assert [outline(entry) for entry in found] == [outline(wanted)] * len(found)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40).map(
    lambda text: " ".join(text.replace("\ufffe", "").replace("\uffff", "").split())
)


@st.composite
def lists(draw: st.DrawFn) -> Framework:
    """A list with any words, some objectives without actions or title."""
    numbers = draw(st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True))
    objectives, actions = [], []
    for number in map(str, numbers):
        objectives.append(Objective(number, draw(WORDS), draw(WORDS)))
        marks = draw(st.lists(st.sampled_from("abcdefgh"), max_size=4, unique=True))
        actions += [Action(f"{number}.{m}", number, f"Do {draw(WORDS)}".strip()) for m in marks]
    if not actions:
        actions.append(Action(f"{numbers[0]}.a", str(numbers[0]), "Do"))
        objectives.sort(key=lambda entry: entry.id != str(numbers[0]))
    return Framework("any", "any", "", "", tuple(objectives), tuple(actions))


@given(wanted=lists())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_json_and_csv_round_trip(tmp_path: Path, wanted: Framework) -> None:
    """Whatever the words, a list comes back from JSON and CSV as it was written."""
    for name, content in (("a.json", as_json(wanted)), ("a.csv", as_csv(wanted))):
        found = read(open_source(Path(write(tmp_path / name, content))))
        assert [(o.id, o.title, o.commitment) for o in found.objectives] == [
            (o.id, o.title, o.commitment) for o in wanted.objectives
        ]
        assert [(a.id, a.objective, a.text) for a in found.actions] == [
            (a.id, a.objective, a.text) for a in wanted.actions
        ]


def test_table_may_have_a_title_merged_cells_and_other_columns(tmp_path: Path) -> None:
    """A spreadsheet as people keep them: a title above, objectives named once, own columns."""
    rows = [
        ("Our framework", "", "", ""),
        ("", "", "", ""),
        ("OBJECTIVE", "Action", "Text", "Ministry"),
        ("Objective 5: Pathways", "(a)", "Sign agreements.", "Labour"),
        ("", "b", "Offer visas.", "Interior"),
        ("", "", "Extend visas.", "Interior"),
    ]
    found = framework.load(save_xlsx(tmp_path / "own.xlsx", rows))
    assert found.objectives == (Objective("5", "Pathways"),)
    assert [action.id for action in found.actions] == ["5.a", "5.b", "5.c"]
    assert {(fault.code, fault.line) for fault in found.faults} >= {
        ("unknown_column", 3),
        ("missing_id", 6),
    }


def test_table_with_a_column_action_takes_it_for_the_text(tmp_path: Path) -> None:
    """Where no column is called text, the column of actions holds it."""
    content = "id,action\n5.a,Sign agreements.\n5.b,Offer visas.\n"
    found = framework.load(write(tmp_path / "own.csv", content))
    assert found.actions[1] == Action("5.b", "5", "Offer visas.")


def test_broken_lines_of_markdown_are_joined(tmp_path: Path) -> None:
    """Text wrapped by an editor is one action, and an introduction is no fault."""
    content = "Our list\n\n# Objective 1: Work\n- (a) Ban\n  fees.\n* b) Sign treaties.\n"
    found = framework.load(write(tmp_path / "own.md", content))
    assert [action.text for action in found.actions] == ["Ban fees.", "Sign treaties."]
    assert found.objectives[0].title == "Work"


def test_imported_official_list_gets_the_rules_and_exemplars_of_gcm(tmp_path: Path) -> None:
    """A list with the ids of the Compact is recognised, in whatever words."""
    gcm = framework.load()
    translated = [(*row[:4], "Mesure.") if row[3] else row for row in rows_of(gcm)[1:]]
    rows = [rows_of(gcm)[0], *translated]
    found = framework.load(save_xlsx(tmp_path / "official.xlsx", rows))
    assert (found.rules, found.exemplars) == (gcm.rules, gcm.exemplars)
    assert found.exemplars[-1] == gcm.exemplars[-1]
    assert (found.concepts, found.cues) == (gcm.concepts, gcm.cues)
    assert not any(action.paraphrase for action in found.actions)


def test_part_of_the_compact_gets_its_rules_only(tmp_path: Path) -> None:
    """Two objectives of the Compact bring their own labels; other passages stay as negatives."""
    gcm = framework.load()
    rows = [row for row in rows_of(gcm) if row[0] in {"Objective", "5", "6"}]
    found = framework.load(save_xlsx(tmp_path / "part.xlsx", rows))
    labels = {action for entry in found.exemplars for action, _ in entry.labels}
    assert labels == {action.id for action in found.actions}
    assert len(found.exemplars) == len(gcm.exemplars)


def test_other_framework_gets_concepts_and_cues_but_no_rules(tmp_path: Path) -> None:
    """The same numbers are not the same actions: 5.a exists in the 2030 Agenda too."""
    content = "# Objective 5\n## Title: Achieve gender equality\n- a. Reform land rights.\n"
    found = framework.load(write(tmp_path / "goals.md", content))
    gcm = framework.load()
    assert (found.rules, tuple(found.exemplars), found.fusion.priors) == ((), (), ())
    assert found.concepts == gcm.concepts
    # What is about migration says nothing of land rights.
    assert found.cues == tuple(cue for cue in gcm.cues if cue.effect != "topic")
    assert "no_rules" in {fault.code for fault in found.faults}


# Packs of the analyst's own


def test_pack_is_read_with_all_its_knowledge(tmp_path: Path) -> None:
    """A folder needs no code: list, concepts, rules, cues and exemplars, each with its line."""
    folder = pack(tmp_path / "own", concepts=CONCEPTS, rules=RULE, cues=CUE)
    write(tmp_path / "own/exemplars/mine.jsonl", EXEMPLAR + "\n\n" + EXEMPLAR + "\n")
    found = framework.load(folder)
    assert (found.id, found.title, found.version) == ("own", "Own", "2")
    (rule,), (cue,), concept = found.rules, found.cues, found.concepts[0]
    assert (rule.file, rule.line, rule.within) == ("own/rules.toml", 2, "sentence")
    assert rule.all == (("@fee", "commission"), ("prohibit", "ban"))
    assert (concept.id, concept.line, concept.forms[1][0]) == ("fee", 1, "fr")
    assert (cue.effect, cue.within, cue.line) == ("veto", "sentence", 2)
    assert [entry.id for entry in found.exemplars] == ["mine:1", "mine:3"]
    assert not found.faults


def test_sha256_changes_with_every_file(tmp_path: Path) -> None:
    """Two results with one digest were made with the same list and the same knowledge."""
    folder = Path(pack(tmp_path / "own", concepts=CONCEPTS, rules=RULE, cues=CUE))
    write(folder / "exemplars/mine.jsonl", EXEMPLAR)
    digests = [framework.load(str(folder)).sha256]
    for path in sorted(folder.rglob("*.*")):
        path.write_bytes(path.read_bytes() + b"\n")
        digests.append(framework.load(str(folder)).sha256)
    assert len(set(digests)) == len(digests) == 7
    assert all(len(digest) == len(hashlib.sha256().hexdigest()) for digest in digests)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "words"),
    [
        ("rules", "weight = 0.9", "wieght = 0.9", 2, "'wieght' is not known"),
        ("rules", "weight = 0.9", "weight = 1.5", 2, "'weight' must be"),
        ("rules", "weight = 0.9", "weight = true", 2, "'weight' must be"),
        ("rules", "weight = 0.9", "weight = 0", 2, "'weight' must be"),
        ("rules", 'action = "1.a"', 'action = "9.z"', 2, "no action 9.z"),
        ("rules", '"@fee"', '"@fees"', 2, "concept that does not exist"),
        ("rules", '"@fee"', '"the @fee"', 2, "concept that does not exist"),
        ("rules", '"commission"', '"commis(s)ion"', 2, "which phrases do not know"),
        ("rules", '"commission"', '"*"', 2, "has a *"),
        ("rules", '"commission"', '"co*"', 2, "has a *"),
        ("rules", '"commission"', '"com*sion"', 2, "has a *"),
        ("rules", '"commission"', '"&"', 2, "holds no word"),
        ("rules", '["prohibit", "ban"]', "[]", 2, "a group is empty"),
        ("rules", '["prohibit", "ban"]', '"ban"', 2, "must be a list of texts"),
        ("rules", '["internal migration"]', '["@no"]', 2, "concept that does not exist"),
        ("rules", "misses = [", "misses = [] # [", 2, "one miss"),
        ("rules", ', "Commissions are prohibited."', "", 2, "two hits"),
        ("rules", "unless =", 'within = "page"\nunless =', 2, "'within' must be one of"),
        ("rules", 'id = "1.a-fees"', 'id = "a b"', 2, "cannot be an id"),
        ("rules", "all = [[", "all = [[[", 7, "not valid TOML"),
        ("rules", "[[rule]]", "[[rules]]", 1, "'rules' is not known"),
        ("cues", '"veto"', '"stop"', 2, "'effect' must be one of"),
        ("cues", '["does not intend"]', "[]", 2, "no phrases"),
        ("cues", '["does not intend"]', '["intends"]\nunless = ["not"]', 2, "has 'unless' phrases"),
        ("cues", '"veto"', '"veto"\nlanguage = "french"', 2, "not the code of a language"),
        ("cues", '["does not intend"]', '["intend?"]', 2, "which phrases do not know"),
        ("cues", '["does not intend"]', '["does not intend", "?"]', 2, ""),
        ("cues", '["does not intend"]', '["does (not)"]', 2, "which phrases do not know"),
        ("concepts", '"recruitment fee"', '"@fee"', 1, "concept inside a concept"),
        ("concepts", "en =", "english =", 1, "not the code of a language"),
        ("concepts", "en = [", "en = [] # [", 1, ""),
    ],
)
def test_pack_errors_name_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, line: int, words: str
) -> None:
    """A mistake in a rule, cue or concept is named with its file and line."""
    files = {"concepts": CONCEPTS, "rules": RULE, "cues": CUE}
    assert old in files[file]
    files[file] = files[file].replace(old, new)
    if not words:
        assert framework.load(pack(tmp_path / "own", **files)).concepts
        return
    with pytest.raises(FrameworkError, match=words.replace("*", r"\*")) as caught:
        framework.load(pack(tmp_path / "own", **files))
    assert (Path(caught.value.path).name, caught.value.line) == (f"{file}.toml", line)


def test_concept_without_words_is_an_error(tmp_path: Path) -> None:
    """An empty concept would silently switch its rules off."""
    with pytest.raises(FrameworkError, match="has no words"):
        framework.load(pack(tmp_path / "own", concepts="[concept.fee]\nen = []\n"))


def test_repeated_rule_is_an_error_at_the_second(tmp_path: Path) -> None:
    """Two rules of one name could not be told apart in a report."""
    with pytest.raises(FrameworkError, match="stands already on line 2") as caught:
        framework.load(pack(tmp_path / "own", concepts=CONCEPTS, rules=RULE + RULE, cues=CUE))
    assert caught.value.line == 11


def test_check_of_a_pack_names_all_errors(tmp_path: Path) -> None:
    """An analyst who writes rules sees every mistake at once, not one a run."""
    rules = RULE.replace("0.9", "9") + RULE.replace("1.a-fees", "two").replace('"1.a"', '"7.x"')
    folder = pack(tmp_path / "own", concepts=CONCEPTS + "[concept.odd]\nen = ['x']\n", rules=rules)
    found = [(fault.code, fault.file, fault.line) for fault in framework.check(folder)]
    assert ("unusable", "rules.toml", 2) in found
    assert ("unusable", "rules.toml", 11) in found
    assert ("unused_concept", "own/concepts.toml", 4) in found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not an exemplar"),
        ("[1]", "not an exemplar"),
        (EXEMPLAR.replace("1.a", "9.z"), "no action 9.z"),
        (EXEMPLAR.replace("full", "much"), "'strength' must be"),
        (EXEMPLAR.replace("hit", "maybe"), "'kind' must be"),
        (EXEMPLAR.replace('"near"', '"language": "french", "near"'), "'language' must be"),
        (EXEMPLAR.replace('"near"', '"language": ["e", "n"], "near"'), "'language' must be"),
        (EXEMPLAR.replace("Ok.", " "), "has no text"),
        (EXEMPLAR.replace("near", "nearby"), "'nearby' is not known"),
        (EXEMPLAR.replace('"near": []', '"near": ["4.x"]'), "no action 4.x"),
    ],
)
def test_bad_exemplar_is_named_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    """A line that is no exemplar is found, not skipped."""
    folder = pack(tmp_path / "own")
    path = write(tmp_path / "own/exemplars/mine.jsonl", EXEMPLAR + "\n" + line + "\n")
    with pytest.raises(FrameworkError, match=words) as caught:
        match.knower(framework.load(folder))
    assert (caught.value.path, caught.value.line) == (path, 2)
    (fault,) = [fault for fault in framework.check(folder) if fault.code == "unusable"]
    assert (fault.file, fault.line) == ("mine.jsonl", 2)


def test_corrections_step_back_when_the_list_is_mended(tmp_path: Path) -> None:
    """An objective that is no longer a repetition keeps its own words, and the report says so."""
    folder = Path(pack(tmp_path / "own"))
    write(
        folder / "mend.toml",
        '[[objective]]\nid = "1"\nrepeats = "2"\ntitle = "x"\naction.a = "y"\n'
        '[[fix]]\naction = "1.a"\nfind = "feees"\nreplace = "fees"\n',
    )
    manifest = (folder / "framework.toml").read_text(encoding="utf-8")
    write(folder / "framework.toml", manifest + 'corrections = "mend.toml"\n')
    found = framework.load(str(folder))
    assert [action.text for action in found.actions] == ["Ban fees.", "Sign treaties."]
    stale = [(fault.code, fault.line) for fault in found.faults if "stale" in fault.code]
    assert stale == [("stale_correction", 1), ("stale_correction", 6)]


def test_manifest_reaches_no_file_elsewhere(tmp_path: Path) -> None:
    """A pack from a stranger cannot have other files of the machine read as a list."""
    write(tmp_path / "far/list.md", LIST)
    folder = Path(pack(tmp_path / "own"))
    for name in ("../far/list.md", str(tmp_path / "far/list.md"), "../../list.md"):
        manifest = f'id = "own"\ntitle = "Own"\nversion = "2"\nlist = {json.dumps(name)}\n'
        write(folder / "framework.toml", manifest)
        with pytest.raises(FrameworkError, match="not a file beside"):
            framework.load(str(folder))


# Hostile input


def test_unknown_name_lists_the_known_ones() -> None:
    """A misspelt name is answered with the names there are."""
    with pytest.raises(FrameworkError, match="no framework 'gmc'") as caught:
        framework.load("gmc")
    assert "gcm-as-given" in caught.value.hint
    with pytest.raises(FrameworkError):
        framework.load("gcm\0")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b'{"objectives": ' + b"[" * 200_000, "nested too deeply"),
        ("a.json", b'{"objectives":\n [}', "not valid JSON"),
        ("a.json", b'{"objectives": [{"id": "1",\n "id": "2"}]}', "stands twice"),
        ("a.json", b'{"objectives": {"id": 1}}', "must be a list"),
        ("a.json", b'{"objectives": [{"id": ["1"]}]}', "must be a text"),
        ("a.json", b"[]", "object in braces"),
        ("a.json", b'{"objectives": [{"id": ' + b"9" * 5000 + b"}]}", "absurd numbers"),
        ("a.md", b"# Objective 1\n- a. caf\xe9\n", "not in UTF-8"),
        ("a.csv", "id;text\n5.a;café\n".encode("utf-16"), "not in UTF-8"),
        ("a.md", b"", "no actions"),
        ("a.md", b"# Objective 1\n- a. " + b"x" * 20_000, "longer than"),
        ("a.csv", b'id,text\n5.a,"' + b"x" * 200_000, "not valid CSV"),
        ("a.csv", b"colour,size\nred,4\n", "no columns"),
        ("a.csv", b"objective,text\n,Sign agreements.\n", "does not say its objective"),
        ("a.csv", b"objective,id,text\n1 2 3,a,Sign.\n", "cannot be the id"),
        ("a.csv", b"objective,id,text\n1,../b,Sign.\n", "cannot be the id"),
        ("a.xlsx", b"PK\x03\x04 not a workbook", "not an Excel workbook"),
        ("a.pdf", b"%PDF-1.7", "cannot be read from a '.pdf'"),
        ("a.md", b"x" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_unusable_file_is_one_clear_error(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    """A file that is no list ends in one FrameworkError, and check() says the same."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FrameworkError, match=words) as caught:
        framework.load(str(path))
    assert caught.value.path == str(path)
    (fault,) = framework.check(str(path))
    assert (fault.code, fault.file, fault.line) == ("unusable", name, caught.value.line)
    assert str(tmp_path) not in fault.message


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{"objectives":\n [}', 2),
        ('{"objectives": [{"id": "1",\n "id": "2"}]}', 2),
        ('{"objectives": [\n{"id": "1",\n "actions": [\n{"id": "a", "text": {}}]}]}', 4),
    ],
)
def test_json_error_names_its_line(tmp_path: Path, content: str, line: int) -> None:
    """JSON has no line numbers once it is read; the errors have them all the same."""
    with pytest.raises(FrameworkError) as caught:
        framework.load(write(tmp_path / "a.json", content))
    assert caught.value.line == line


def test_zip_bomb_as_workbook_is_refused_unopened(tmp_path: Path) -> None:
    """A small file that unpacks to gigabytes is refused by its table of contents."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 60_000_000)
    with pytest.raises(FrameworkError, match="unpacks to more than"):
        framework.load(str(path))


def test_damaged_workbook_is_one_clear_error(tmp_path: Path) -> None:
    """Whatever the Excel library raises, the analyst reads that the workbook is damaged."""
    path = tmp_path / "odd.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a")
    with pytest.raises(FrameworkError, match="damaged"):
        framework.load(str(path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipe_named_as_list_does_not_hang(tmp_path: Path) -> None:
    """A pipe is not a file; opening it would wait for ever."""
    os.mkfifo(tmp_path / "a.md")
    with pytest.raises(FrameworkError, match="not a file"):
        framework.load(str(tmp_path / "a.md"))


def test_folder_without_manifest_is_an_error(tmp_path: Path) -> None:
    """A folder that is no pack says what is missing."""
    with pytest.raises(FrameworkError, match=r"no framework\.toml"):
        framework.load(str(tmp_path))


@given(content=st.binary(max_size=300))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_read_or_refused_with_a_framework_error(
    tmp_path: Path, content: bytes
) -> None:
    """No file, whatever it holds, ends in another exception."""
    for name in ("a.md", "a.json", "a.csv", "a.xlsx"):
        (tmp_path / name).write_bytes(content)
        assert isinstance(framework.check(str(tmp_path / name)), tuple)
