"""What a segment commits to: the type of its measure."""

from __future__ import annotations

import pytest

from aligner import framework
from aligner.match.cues import find_cues
from aligner.match.lexicon import Lexicon, read
from aligner.match.measures import measures
from aligner.model import Segment

FRAME = framework.load()
LEXICON = Lexicon(FRAME)


def type_of(text: str, *, kind: str = "paragraph", section: tuple[str, ...] = ()) -> str | None:
    """The type of the measure that a segment of this text holds."""
    segment = Segment("s0001", kind, text, 1, 1, section)  # type: ignore[arg-type]
    cues = find_cues(read([segment], LEXICON), LEXICON)
    found = measures([segment], cues)
    return found[0].type if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Government will open three consulates.", "commitment"),
        ("Employers shall pay all fees.", "mandate"),
        ("Three consulates open by 2027.", "plan"),
        ("The Ministry will be given a grant of 2 million for shelters.", "funding"),
        ("The Agency operates a hotline in six languages.", "operation"),
        ("Many migrants work in agriculture.", None),
    ],
)
def test_measure_of_a_sentence_is_what_it_binds_to(text, expected):
    """Money before duty, duty before dates, dates before services, services before promises."""
    assert type_of(text) == expected


def test_nouns_commit_to_nothing():
    """A noun of the same stem ("development", "Ministry of Finance") is no promise; a verb is."""
    assert type_of("The development of the Ministry of Finance in those years was slow.") is None
    assert type_of("It is time to develop consular services.") == "commitment"
    assert type_of("Develop consular services.") == "commitment"


def test_measure_that_is_taken_back_is_none():
    """A rejected measure commits to nothing, but its neighbour still counts."""
    rejected = "The Government does not intend to ratify the Convention and will not be bound."
    assert type_of(rejected) is None
    assert type_of(f"{rejected} Employers shall pay all fees.") == "mandate"


def test_measure_in_a_table_row_is_a_plan():
    """An action plan's row schedules what it names, whatever its verb."""
    assert type_of("Strengthen consular services", kind="row") == "plan"
