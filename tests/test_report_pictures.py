"""The pictures: whole, readable without colour, and any text stays text."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from aligner.batch import export
from aligner.errors import OutputError
from aligner.options import Options
from aligner.report.pictures import (
    Text,
    heat_map,
    measured,
    png,
    profile,
    shortened,
    svg,
    write_png,
    write_svg,
)
from builders import build_analysis, build_framework

SVG = "{http://www.w3.org/2000/svg}"


def titled(text: str):
    """The analysis of the builders with a text as title of policy, framework and objectives."""
    one = build_analysis()
    objectives = tuple(replace(part, title=text) for part in one.framework.objectives)
    framework = replace(one.framework, title=text, objectives=objectives)
    return replace(one, framework=framework, document=replace(one.document, title=f"x {text}"))


def words(picture) -> list[str]:
    """The texts of a picture."""
    return [shape.text for shape in picture.shapes if isinstance(shape, Text)]


def test_every_status_is_a_letter_and_a_word():
    """Printed in grey, the picture says the same; a paraphrase bears its dagger."""
    shown = words(heat_map(build_analysis()))
    assert {"C", "P", "G", "N†", "Covered", "Partly covered", "Not assessed"} <= set(shown)
    assert any("not the official text" in text for text in shown)
    plain = replace(build_analysis(), framework=build_framework(paraphrase=False))
    assert not any("†" in text for text in words(heat_map(plain)))


def test_profile_counts_the_actions_of_each_status():
    """The figures in the bars are those of the findings."""
    shapes = profile(build_analysis()).shapes
    figures = [one.text for one in shapes if isinstance(one, Text) and one.text.isdigit()]
    assert figures == ["1", "1", "1", "1", "1"]


def test_pictures_speak_the_language_of_the_policy():
    """French words and letters for a French policy."""
    one = build_analysis()
    french = replace(one, document=replace(one.document, language="fr"))
    assert {"Couverte", "L", "Non évaluée"} <= set(words(heat_map(french)))


@given(st.text(st.characters(), min_size=1, max_size=60))
@example('</text><script>alert(1)</script><image href="x" onload="alert(1)"/>')
@example("a\x00b\x0bc\ufffe\uffff\ud83d ]]> <!-- -->")
@example("العربية 👩‍👩‍👧‍👦 \u202e迁移")
@example("x" * 40_000)
@settings(max_examples=25, deadline=None)
def test_any_text_is_text_in_the_svg(text):
    """Whatever a title says, the SVG is sound and has no elements but ours."""
    tree = ET.fromstring(svg(heat_map(titled(text))))  # noqa: S314 (our own file)
    usual = ET.fromstring(svg(heat_map(titled("a"))))  # noqa: S314
    assert [one.tag for one in tree.iter()] == [one.tag for one in usual.iter()]
    assert {one.tag for one in tree.iter()} == {
        f"{SVG}{name}" for name in ("svg", "title", "desc", "rect", "text")
    }


@pytest.mark.parametrize(
    "text", ["(\\) Tj ET", "Œuvre – État † €", "迁移 العربية ş 👍", "\x00\ud83d"]
)
def test_any_title_gives_a_png(text):
    """The PNG is whole, twice the size of the picture, and holds its title for machines."""
    picture = heat_map(titled(text))
    image = Image.open(BytesIO(png(picture)))
    image.load()
    assert image.size == (2 * picture.width, 2 * picture.height)
    assert image.text["Title"] == svg(picture).split("<title>")[1].split("</title>")[0]


def test_png_shows_accents_and_the_dagger():
    """French and Spanish need more letters than English: none is drawn as an empty box."""
    drawn = {png(heat_map(titled(letter))) for letter in "eéñç†œ€"}
    assert len(drawn) == 7


def test_pictures_are_the_same_bytes_twice(tmp_path):
    """Same analysis, same bytes; the profile stands beside the matrix."""
    for write, ending in ((write_svg, "svg"), (write_png, "png")):
        one = write(build_analysis(), tmp_path / f"one.{ending}")
        two = write(build_analysis(), tmp_path / f"two.{ending}")
        assert [part.path.name for part in one] == [f"one.{ending}", f"one-profile.{ending}"]
        for first, second in zip(one, two, strict=True):
            assert first.path.read_bytes() == second.path.read_bytes()


def test_long_titles_are_cut_where_one_sees_it():
    """No text runs out of the picture; what is cut ends with an ellipsis."""
    short = shortened("word " * 200, 300, size=15)
    assert short.endswith("…")
    assert measured(short, size=15) <= 300
    assert shortened("word", 300, size=15) == "word"
    assert shortened("one\ntwo", 300, size=15) == "one two"


def test_all_that_is_drawn_stands_within_the_picture():
    """Titles of any length and frameworks of any size: nothing is cut off at the edge."""
    for picture in (heat_map(titled("long " * 100)), profile(titled("long " * 100))):
        for shape in picture.shapes:
            width = (
                measured(shape.text, size=shape.size) if isinstance(shape, Text) else shape.width
            )
            shift = 0.5 if isinstance(shape, Text) and shape.anchor == "middle" else 0.0
            assert shape.x - shift * width >= 0
            assert shape.x + (1 - shift) * width <= picture.width
            assert 0 <= shape.y <= picture.height


def test_empty_analysis_has_pictures():
    """No findings is still a picture."""
    one = build_analysis()
    framework = replace(one.framework, objectives=(), actions=())
    empty = replace(one, framework=framework, findings=(), objectives=(), matches=())
    assert png(heat_map(empty)).startswith(b"\x89PNG")
    assert svg(profile(empty)).startswith("<svg")


def test_picture_in_a_missing_folder_is_an_output_error(tmp_path):
    """A folder that is not there is named, with what to do."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_svg(build_analysis(), tmp_path / "none" / "report.svg")


def test_export_gives_the_page_and_four_pictures(tmp_path):
    """The command line's names of these formats lead to these writers."""
    outcome = export(build_analysis(), Options(formats=("html", "png", "svg")), folder=tmp_path)
    assert [path.name for path in outcome.written] == [
        "policy.html",
        "policy.png",
        "policy-profile.png",
        "policy.svg",
        "policy-profile.svg",
    ]
