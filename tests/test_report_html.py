"""The pages: nothing of a policy becomes markup or script, and everything of it is there."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aligner import explain
from aligner.errors import OutputError
from aligner.model import Action, Failure, Fault, MeasureType, Note
from aligner.report import html, sheets
from aligner.report.html import comparison, page, texts, write_html
from aligner.report.pages import Pictures
from aligner.report.tables import dump, from_dict, to_dict
from builders import build_analysis, build_framework, term

TEMPLATES = Path(html.__file__).parent / "templates"
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' onfocus=alert(1) autofocus "
    "{{7*7}} {% raw %} <!-- ]]> &lt;b&gt; =cmd|A1 "
    "\u202e العربية 👩‍👩‍👧‍👦 \x00\x0b\x1b\x85\ufffe\ud83d \u2028"
)


class Parsed(HTMLParser):
    """A page as tags with their attributes' names, its texts, its ids and its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.scripts, self.attributes = [], [], [], []
        self.within = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.within = tag
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, _):
        self.within = ""

    def handle_comment(self, data):
        self.tags.append(("comment", data))

    def handle_data(self, data):
        if self.within == "script":
            self.scripts[-1] += data
        else:
            self.texts.append(data)


def data_of(text: str):
    """What the script of the page reads."""
    return json.loads(Parsed(text).scripts[1])


def reason(data, entry, language: str = "en") -> str:
    """Why, as the script joins it."""
    return joined(data, entry[4], language)


def joined(data, numbers, language: str = "en") -> str:
    """The text of these numbers, as the script joins it."""
    found = [data["strings"][number] for number in numbers]
    place = html.LANGUAGES.index(language)
    return "".join(one if isinstance(one, str) else one[place] for one in found)


def told(segment_text: str, entry) -> list[str]:
    """The marked words as JavaScript cuts them: by UTF-16 units."""
    units = segment_text.encode("utf-16-le", "surrogatepass")
    edges = list(accumulate(entry[3]))
    return [
        units[2 * start : 2 * end].decode("utf-16-le")
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def hostile(text: str):
    """The analysis of the builders with the text wherever text of others can stand."""
    one = build_analysis()
    framework = replace(
        one.framework,
        title=text,
        version=text,
        actions=tuple(replace(part, text=text + part.text) for part in one.framework.actions),
        objectives=tuple(replace(part, title=text) for part in one.framework.objectives),
        faults=(Fault(text, text, text, 1),),
    )
    return replace(
        one,
        document=replace(one.document, title=f"x {text}", name=text, notes=(Note(text, text, 6),)),
        framework=framework,
        segments=tuple(
            replace(part, text=part.text + text, section=(text,), context=(text,), language=text)
            for part in one.segments
        ),
        findings=tuple(replace(part, searched=(text,)) for part in one.findings),
        options=((text, text),),
        notes=(),
        version=text,
    )


def test_page_has_all_that_a_reader_needs():
    """Title, caution, matrix, filters, notes and method stand in the file itself."""
    parsed = Parsed(page(build_analysis()))
    shown = " ".join(parsed.texts)
    for words in ("National Migration Policy", "nothing here ranks", "Page 6 is an image"):
        assert words in shown
    assert "built-in" not in shown  # a key such as "clear" is a word, not a method of dict
    names = {value for _, name, value in parsed.attributes if name == "name"}
    assert {"status", "objective", "strength", "from", "to", "words"} <= names


def test_data_holds_every_passage_with_its_reasons_and_marked_words():
    """Quote, page, section, reasons and marked words are those of explain.py."""
    one = build_analysis()
    data = data_of(page(one))
    entry = data["actions"][3]["e"][0]
    segment = data["segments"][entry[0]]
    match = one.findings[3].matches[0]
    assert segment["t"] == one.segments[1].text
    assert segment["p"] == 2
    assert joined(data, segment["s"]) == "2. Labour migration > 2.1 Recruitment"
    assert [data["strings"][number] for number in segment["c"]] == list(one.segments[1].context)
    assert reason(data, entry) == explain.explain(match, one.segments[1], one.framework.actions[3])
    assert told(segment["t"], entry) == ["prohibited", "charging recruitment fees"]
    assert (entry[1], entry[2]) == ("88%", 0)


@pytest.mark.parametrize("language", html.LANGUAGES)
def test_reasons_stand_in_every_language(language):
    """Why a passage counts or falls short is told in the language of the interface."""
    one = build_analysis()
    data = data_of(page(one))
    segments = {part.id: part for part in one.segments}
    shown = [(data["actions"][3]["e"][0], one.matches[1], explain.explain)]
    shown += [(data["actions"][4]["n"][0], one.matches[4], explain.shortfall)]
    shown += [(data["actions"][2]["a"][0], one.matches[3], explain.explain)]
    actions = {part.id: part for part in one.framework.actions}
    for entry, match, tell in shown:
        given = segments[match.segment], actions[match.action]
        assert reason(data, entry, language) == tell(match, *given, language=language)


def test_turns_between_quotes_are_kept_once_in_all_languages():
    """Quoted words stand in the same order in every language, so that a page keeps them once."""
    data = data_of(page(build_analysis()))
    quoted = [one for one in data["strings"] if isinstance(one, str) and one.startswith("'")]
    assert "'recruitment fees'" in "".join(quoted)
    turns = [one for one in data["strings"] if isinstance(one, list)]
    assert turns
    assert all(len(one) == len(html.LANGUAGES) for one in turns)


def test_measures_and_principles_stand_on_the_page():
    """What fits no action, and what is said of the principles, with the words that say so."""
    one = build_analysis()
    text = page(one)
    data = data_of(text)
    assert [(data["segments"][n]["p"], kind, topic) for n, _, kind, topic in data["unmatched"]] == [
        (5, "funding", 1),
        (4, "plan", 0),
    ]
    rights, sovereignty = data["principles"]
    assert rights["n"] == ["Human rights", "Droits humains", "Derechos humanos"]
    passage = data["segments"][rights["m"][1][0]]["t"]
    start, length = rights["m"][1][1]
    assert passage[start : start + length] == "workers"
    assert sovereignty["m"] == []
    shown = " ".join(Parsed(text).texts)
    assert "That commit: 2" in shown
    assert "Migration is not said" in shown


def test_page_without_pictures_loads_none():
    """The security policy lets pictures in only where the page has some."""
    assert "img-src" not in page(build_analysis())
    drawn = Pictures({2: ("data:image/png;base64,AAAA", 595.0, 842.0)}, (5,))
    text = page(build_analysis(), pictures=drawn)
    assert "; img-src data:;" in text
    assert data_of(text)["pictures"] == {"2": ["data:image/png;base64,AAAA", 595.0, 842.0]}
    assert "cannot be drawn: 5" in " ".join(Parsed(text).texts)


def test_gaps_tell_words_trust_and_nearest_passages():
    """A gap says what was searched, how far to trust it, and what fell short and why."""
    data = data_of(page(build_analysis()))
    gap, unknown = data["actions"][2], data["actions"][4]
    words = ["".join(data["strings"][number] for number in one) for one in gap["w"]]
    assert words == ["ratif*", "convention"]
    assert (gap["r"], gap["c"]) == ("trust_medium", "74%")
    assert [entry[2] for entry in gap["a"]] == [2]
    assert "does not intend" in reason(data, gap["a"][0])
    assert gap["n"] == []  # the nearest passage is the one set aside
    assert (unknown["r"], unknown["c"]) == ("trust_none", "")
    assert [entry[2] for entry in unknown["n"]] == [3]


def test_trust_has_the_levels_of_the_workbook():
    """Page and workbook never disagree about a gap."""
    levels = [(least, word.removeprefix("trust_")) for least, word in html._TRUST]
    assert levels == [(least, word.lower()) for least, word in sheets._TRUST]


def test_marked_words_behind_emoji_are_the_same_words():
    """JavaScript counts an emoji as two: the marks move along."""
    one = build_analysis()
    text = f"👩‍👩‍👧‍👦 𝔸 {one.segments[0].text}"
    segment = replace(one.segments[0], text=text)
    match = one.matches[0]
    signals = (match.signals[0]._replace(terms=(term(segment, "bilateral labour agreements"),)),)
    finding = replace(one.findings[0], matches=(replace(match, signals=signals),))
    changed = replace(
        one, segments=(segment, *one.segments[1:]), findings=(finding, *one.findings[1:])
    )
    data = data_of(page(changed))
    entry = data["actions"][0]["e"][0]
    assert told(data["segments"][entry[0]]["t"], entry) == ["bilateral labour agreements"]


@given(st.text(st.characters(), min_size=1, max_size=60))
@example(HOSTILE)
@example("<b>" * 13_334)
@example('=HYPERLINK("http://example.org","x")')
@example("</ScRiPt \t>")
@example("<!--<script>")
@settings(max_examples=40, deadline=None)
def test_any_text_is_text_and_nothing_else(text):
    """Whatever a policy says: the same tags and attributes, one script, the text in the data."""
    usual, parsed = Parsed(page(hostile("a"))), Parsed(page(hostile(text)).encode().decode())
    assert parsed.tags == usual.tags
    assert parsed.scripts[2] == usual.scripts[2]
    data = json.loads(parsed.scripts[1])
    kept = re.sub("[\ud800-\udfff]", "\ufffd", text)
    assert all(one["t"].endswith(kept) for one in data["segments"])


def test_side_by_side_any_text_is_text():
    """The comparison too has the tags of a harmless one."""
    failure = [Failure(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]
    harmless = [Failure("a", "a", "a", "a")]
    one = Parsed(comparison([hostile("a"), hostile("a")], failures=harmless))
    two = Parsed(comparison([hostile(HOSTILE), hostile(HOSTILE)], failures=failure))
    assert two.tags == one.tags
    assert two.scripts[2] == one.scripts[2]


@pytest.mark.parametrize("text", [page(build_analysis()), comparison([build_analysis()])])
def test_security_policy_names_the_one_style_and_the_one_script(text):
    """Only our style and script run, nothing is fetched, and no attribute holds code."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    for kind, source in (("style", style), ("script", Parsed(text).scripts[2])):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    named = {name for _, name, _ in Parsed(text).attributes}
    assert not {name for name in named if name.startswith("on") or name in ("style", "src")}
    links = {value for _, name, value in Parsed(text).attributes if name == "href"}
    assert all(value.startswith("#") for value in links)


def test_scripts_make_texts_and_no_markup():
    """Our scripts never hand text to the parser of HTML, nor to the machine."""
    for path in TEMPLATES.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "fetch",
        ):
            assert word not in source


def test_templates_never_trust_a_text():
    """`safe` stands only where our own style, script and escaped JSON are put in."""
    trusted = set()
    for path in TEMPLATES.glob("*.html"):
        trusted |= set(re.findall(r"{{\s*(\w+) \| safe", path.read_text(encoding="utf-8")))
    assert trusted == {"style", "script", "texts", "data"}


def test_page_is_the_same_bytes_whenever_and_wherever(tmp_path):
    """Same analysis, same bytes: after a round trip and with another hash seed."""
    one = build_analysis()
    first = write_html(one, tmp_path / "1.html").path.read_bytes()
    assert page(from_dict(to_dict(one))).encode() == first
    (tmp_path / "a.json").write_text(dump(one), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path\n"
        "from aligner.report.tables import read_json; from aligner.report.html import write_html\n"
        "write_html(read_json(Path(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    other = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    places = [str(tmp_path / "a.json"), str(tmp_path / "2.html")]
    subprocess.run([sys.executable, "-c", code, *places], env=other, check=True)
    assert (tmp_path / "2.html").read_bytes() == first


def test_languages_have_the_same_words():
    """No language lacks a text, and {n} and {of} stand where they stand in English."""
    english = texts("en")
    for language in html.LANGUAGES:
        other = texts(language)
        assert other.keys() == english.keys()
        for key, text in other.items():
            assert text.strip()
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key]))


def test_texts_that_pages_ask_for_exist():
    """Every key in a template or a script is in the files of the languages, and none is idle."""
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.*")]
    sources += [Path(html.__file__).read_text(encoding="utf-8")]
    sources += [(TEMPLATES.parent / "pictures.py").read_text(encoding="utf-8")]
    joined = "\n".join(sources)
    asked = set(re.findall(r'\bt\("(\w+)"\)|\bsay\("(\w+)"', joined))
    assert {one or two for one, two in asked} <= texts("en").keys()
    made = re.compile(r"(covered|partial|gap|not_assessed)(_letter|_means)?|theme_\w+|name")
    idle = [key for key in texts("en") if f'"{key}"' not in joined and f".{key} " not in joined]
    kinds = get_args(MeasureType)  # the script says the type that stands in the data
    assert not [key for key in idle if not made.fullmatch(key) and key not in kinds]


@pytest.mark.parametrize(
    ("language", "words", "tag"),
    [("fr", "Lacune", "fr"), ("es", "Vacío", "es"), ("pt", "Gap", "en"), ("", "Gap", "en")],
)
def test_page_begins_in_the_language_of_the_policy(language, words, tag):
    """French for a French policy, English where we have no texts."""
    one = build_analysis()
    text = page(replace(one, document=replace(one.document, language=language)))
    assert f'<html lang="{tag}"' in text
    assert words in " ".join(Parsed(text).texts)


def test_every_status_is_a_word_or_letter_too():
    """Without colour the matrix says the same: a letter to see and a word to hear."""
    text = page(build_analysis())
    cells = re.findall(r"<a href=\"#([^\"]+)\" data-cell.*?</a>", text)
    assert cells == ["action-5.a", "action-5.b", "action-6.a", "action-6.c", "action-20.a"]
    words = " ".join(" ".join(Parsed(text).texts).split())
    assert "C 5.a Covered" in words
    assert "N † 20.a Not assessed" in words


def test_links_of_the_matrix_lead_to_the_action():
    """Each cell has its target in the page, and no target stands twice."""
    for one in (build_analysis(), _odd_names()):
        attributes = Parsed(page(one)).attributes
        names = [value for _, name, value in attributes if name == "id"]
        links = [value[1:] for _, name, value in attributes if name == "href"]
        assert len(set(names)) == len(names)
        assert set(links) <= set(names)


def _odd_names():
    """An analysis whose actions have names that no link can bear."""
    one = build_analysis()
    names = {action.id: f'{action.id} "x" <y>' for action in one.framework.actions}
    actions = tuple(replace(part, id=names[part.id]) for part in one.framework.actions)
    findings = tuple(replace(part, action=names[part.action]) for part in one.findings)
    return replace(one, framework=replace(one.framework, actions=actions), findings=findings)


def test_paraphrase_is_marked_wherever_it_is_shown():
    """Nobody quotes a paraphrase as the Compact by mistake; without one there is no dagger."""
    shown = " ".join(Parsed(page(build_analysis())).texts)
    assert shown.count("†") >= 4
    assert "not the official text" in shown
    plain = replace(build_analysis(), framework=build_framework(paraphrase=False))
    assert "†" not in " ".join(Parsed(page(plain)).texts)


def test_unread_pages_are_told_at_the_top():
    """What could not be read is said before the matrix."""
    text = page(build_analysis())
    assert text.index("could not be read, so") < text.index('id="matrix"')


def test_page_of_3000_passages_stays_below_2_mb():
    """A policy of 270 pages can be sent by e-mail."""
    one = build_analysis()
    match, passage = one.matches[1], one.segments[1]
    segments = tuple(
        replace(passage, id=f"t{number}", text=f"{passage.text} {number} " + "words " * 40)
        for number in range(3000)
    )
    matches = tuple(replace(match, segment=segment.id) for segment in segments)
    findings = (replace(one.findings[0], matches=matches), *one.findings[1:])
    big = replace(one, segments=(*one.segments, *segments), findings=findings)
    assert len(page(big).encode()) < 2_000_000


def test_empty_analysis_has_a_page():
    """No passages and no findings is still a report."""
    empty = replace(
        build_analysis(),
        segments=(),
        matches=(),
        measures=(),
        principles=(),
        findings=(),
        objectives=(),
        notes=(),
        options=(),
    )
    assert data_of(page(empty))["actions"] == []


def test_comparison_has_no_totals_and_stands_in_alphabetical_order():
    """Countries are never ranked: statuses in words, policies by name, in whatever order given."""
    one = build_analysis()
    two = replace(one, document=replace(one.document, title="a policy", sha256="ef" * 32))
    text = comparison([one, two])
    assert text == comparison([two, one])
    assert text.index("a policy") < text.index("National Migration Policy")
    words = " ".join(Parsed(text).texts).casefold()
    assert not re.search(r"\b(total|rank|score|best country)\b", words.replace("no ranks", ""))
    assert "All documents were read." in " ".join(Parsed(text).texts)


def test_comparison_tells_common_gaps_from_differences():
    """An action that all lack, and one on which policies differ, can be shown alone."""
    one = build_analysis()
    changed = tuple(replace(part, status="gap") for part in one.findings)
    two = replace(one, findings=changed, document=replace(one.document, title="Another"))
    kinds = [value for _, name, value in Parsed(comparison([one, two])).attributes
             if name == "data-kind"]  # fmt: skip
    assert kinds == ["differences", "differences", "common_gaps", "differences", "differences"]


def test_comparison_of_different_frameworks_says_so():
    """An action that one framework lacks is a dash, not a gap."""
    one = build_analysis()
    action = Action("5.z", "5", "Do more.")
    wider = replace(one.framework, sha256="99" * 32, actions=(*one.framework.actions, action))
    two = replace(one, framework=wider, document=replace(one.document, name="z.pdf"))
    words = " ".join(Parsed(comparison([one, two])).texts)
    assert "not all held against the same framework" in words
    assert "Not in its framework" in words


def test_comparison_shows_the_best_passages_and_says_how_many_there_are():
    """Three passages an action and policy, with their reasons."""
    one = build_analysis()
    data = data_of(comparison([one, one]))
    count, entries = data["actions"][0][0]
    assert (count, len(entries)) == (1, 1)
    assert "5.a-agreements" in reason(data["policies"][0], entries[0])


def test_page_in_a_missing_folder_is_an_output_error(tmp_path):
    """A folder that is not there is named, with what to do."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_html(build_analysis(), tmp_path / "none" / "report.html")


def test_dark_and_light_can_be_read():
    """Ink on each status colour has a contrast of at least 4.5 to 1 (WCAG AA), mostly 7."""
    css = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    for block in re.findall(r"\{\s*(--ground.*?)\}", css, re.DOTALL):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        pairs = [(name, f"{name}-ink") for name in ("covered", "partial", "gap", "not", "mark")]
        for ground, ink in [*pairs, ("ground", "ink"), ("ground", "quiet"), ("raised", "quiet")]:
            light, dark = sorted(map(_luminance, (colours[ground], colours[ink])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
