"""Small real objects for tests: an analysis of a policy that shows every status and oddity."""

from __future__ import annotations

from aligner.model import (
    Action,
    Analysis,
    Document,
    Fault,
    Finding,
    Framework,
    Match,
    Measure,
    Mention,
    Note,
    Objective,
    ObjectiveFinding,
    PrincipleFinding,
    Segment,
    Signal,
    Term,
)


def build_framework(*, paraphrase: bool = True) -> Framework:
    """Three objectives with five actions; 20.a is a paraphrase unless told otherwise."""
    return Framework(
        id="mini",
        title="Small Compact",
        version="1.0",
        sha256="ab" * 32,
        objectives=(
            Objective("5", "Enhance pathways for regular migration", "We commit to pathways."),
            Objective("6", "Facilitate fair recruitment", "We commit to fair recruitment."),
            Objective("20", "Promote cheaper remittances", "", paraphrase=paraphrase),
        ),
        actions=(
            Action("5.a", "5", "Develop human rights-based bilateral labour mobility agreements."),
            Action("5.b", "5", "Facilitate regional and cross-regional labour mobility."),
            Action("6.a", "6", "Promote the ratification of the instruments on labour migration."),
            Action("6.c", "6", "Prohibit recruiters from charging recruitment fees to workers."),
            Action("20.a", "20", "Cut the cost of sending remittances.", paraphrase=paraphrase),
        ),
        faults=(
            Fault("repeated_objective", "Objective 20 repeats Objective 2.", "actions.md", 239),
        ),
    )


def build_segment(number: int = 1, text: str = "", **fields: object) -> Segment:
    """Segment "s0001" on the page of its number; any field can be set by name."""
    given: dict[str, object] = {
        "id": f"s{number:04d}",
        "kind": "paragraph",
        "text": text or f"Passage number {number} of the policy.",
        "page": number,
        "page_end": number,
        "section": ("2. Labour migration",),
        "boxes": ((number, 72.0, 90.5, 523.25, 118.0),),
        "language": "en",
    }
    return Segment(**{**given, **fields})  # type: ignore[arg-type]


def term(segment: Segment, words: str, weight: float = 1.0) -> Term:
    """The term that marks `words` where they first stand in the segment."""
    start = segment.text.index(words)
    return Term(start, start + len(words), weight)


def build_match(
    segment: Segment,
    action: str,
    *,
    confidence: float = 0.8,
    accepted: bool = True,
    strength: str = "full",
    signals: tuple[Signal, ...] = (),
    **fields: object,
) -> Match:
    """A match of the segment and the action."""
    given = (segment.id, action, confidence, accepted, strength, signals)
    return Match(*given, **fields)  # type: ignore[arg-type]


def build_signal(segment: Segment, action: str, matcher: str, **fields: object) -> Signal:
    """A signal of a matcher, with a score of 0.7 unless told otherwise."""
    return Signal(segment.id, action, matcher, **{"score": 0.7, **fields})  # type: ignore[arg-type]


def build_segments() -> tuple[Segment, ...]:
    """Five passages: three that count, one that rejects, one that is background."""
    return (
        build_segment(
            1,
            "The Government will conclude bilateral labour agreements with the main countries of "
            "destination, including a standard employment contract.",
        ),
        build_segment(
            2,
            "Licensed agencies are prohibited from charging recruitment fees to workers.",
            kind="item",
            section=("2. Labour migration", "2.1 Recruitment"),
            context=("The Ministry shall ensure that:",),
            fields=(
                ("activity", "Licensed agencies are prohibited from charging fees"),
                ("responsible", "Ministry of Labour"),
                ("deadline", "2027"),
                ("budget", "=200,000 crowns"),
                ("indicator", "Fees charged"),
                ("Sector / area", "Labour"),
            ),
        ),
        build_segment(3, "Seasonal workers of the region may enter without a visa."),
        build_segment(4, "The Republic does not intend to ratify ILO Convention No. 97."),
        build_segment(5, "=SUM(A1) In 2023 banks charged 9 per cent for a transfer of 200 crowns."),
    )


def build_matches(segments: tuple[Segment, ...]) -> tuple[Match, ...]:
    """Two full matches, a partial one, a vetoed one and a near one."""
    one, two, three, four, five = segments
    return (
        build_match(
            one,
            "5.a",
            confidence=0.91,
            measure="commitment",
            signals=(
                build_signal(
                    one,
                    "5.a",
                    "rules",
                    source="5.a-agreements",
                    score=0.9,
                    terms=(term(one, "bilateral labour agreements"),),
                ),
                build_signal(
                    one,
                    "5.a",
                    "exemplars",
                    source="plain_05-07:12",
                    score=0.62,
                    terms=(term(one, "bilateral", 0.4), term(one, "agreements", 0.3)),
                ),
            ),
        ),
        build_match(
            two,
            "6.c",
            confidence=0.88,
            measure="mandate",
            signals=(
                build_signal(
                    two,
                    "6.c",
                    "rules",
                    source="6.c-fees",
                    score=0.9,
                    terms=(term(two, "prohibited"), term(two, "recruitment fees")),
                    context_terms=("Recruitment",),
                ),
                build_signal(
                    two,
                    "6.c",
                    "action",
                    score=0.41,
                    terms=(term(two, "charging", 0.3), term(two, "fees", 0.2)),
                ),
            ),
        ),
        build_match(
            three,
            "5.b",
            confidence=0.57,
            strength="partial",
            signals=(build_signal(three, "5.b", "action", terms=(term(three, "region", 0.5),)),),
        ),
        build_match(
            four,
            "6.a",
            confidence=0.2,
            accepted=False,
            vetoed=True,
            strength="partial",
            signals=(
                build_signal(
                    four, "6.a", "rules", source="6.a-ratify", terms=(term(four, "ratify"),)
                ),
                build_signal(
                    four,
                    "6.a",
                    "cues",
                    source="rejected",
                    effect="veto",
                    score=1.0,
                    terms=(term(four, "does not intend"),),
                ),
            ),
        ),
        build_match(
            five,
            "20.a",
            confidence=0.31,
            accepted=False,
            strength="partial",
            signals=(
                build_signal(
                    five, "20.a", "action", score=0.2, terms=(term(five, "transfer", 0.2),)
                ),
            ),
        ),
    )


def build_measures(segments: tuple[Segment, ...]) -> tuple[Measure, ...]:
    """Two measures that are evidence, one off the subject, and one that fits no action."""
    one, two, _, four, five = segments
    return (
        Measure(one.id, "commitment", (term(one, "will"),)),
        Measure(two.id, "mandate", (term(two, "prohibited"),)),
        Measure(four.id, "plan", (), on_topic=False),
        Measure(five.id, "funding", (term(five, "200 crowns"),)),
    )


def build_principles(segments: tuple[Segment, ...]) -> tuple[PrincipleFinding, ...]:
    """One principle of which two passages speak, and one of which none does."""
    one, two = segments[:2]
    rights = (Mention(one.id, (term(one, "agreements"),)), Mention(two.id, (term(two, "workers"),)))
    return (
        PrincipleFinding(
            "human-rights",
            (("en", "Human rights"), ("fr", "Droits humains"), ("es", "Derechos humanos")),
            rights,
        ),
        PrincipleFinding("national-sovereignty", (("en", "National sovereignty"),)),
    )


def build_document(**fields: object) -> Document:
    """A policy of six pages, of which page 6 could not be read."""
    given: dict[str, object] = {
        "name": "policy.pdf",
        "sha256": "cd" * 32,
        "title": "National Migration Policy",
        "language": "en",
        "pages": 6,
        "status": "partial",
        "words": 1234,
        "unread_pages": (6,),
        "notes": (Note("unread_page", "Page 6 is an image without text.", 6),),
    }
    return Document(**{**given, **fields})  # type: ignore[arg-type]


def build_analysis() -> Analysis:
    """A policy with two actions covered, one partly, one gap, and one not assessed."""
    segments = build_segments()
    matches = build_matches(segments)
    one, two, three, four, five = matches
    return Analysis(
        document=build_document(),
        framework=build_framework(),
        segments=segments,
        matches=matches,
        findings=(
            Finding("5.a", "covered", 0.91, (one,), searched=("agreement", "memorandum")),
            Finding("5.b", "partial", 0.57, (three,), searched=("regional", "mobility")),
            Finding("6.a", "gap", 0.74, (), (four,), (four,), ("ratif*", "convention")),
            Finding("6.c", "covered", 0.88, (two,), searched=("recruitment fee*",)),
            Finding("20.a", "not_assessed", 0.4, (), (), (five,), ("remittance*", "transfer cost")),
        ),
        objectives=(
            ObjectiveFinding("5", "covered", 0.74, 1, 1, 0),
            ObjectiveFinding("6", "partial", 0.81, 1, 0, 1),
            ObjectiveFinding("20", "not_assessed", 0.4, 0, 0, 0, 1),
        ),
        options=(("framework", "gcm"), ("threshold", "0.5")),
        version="0.1.0",
        notes=(Note("framework_fault", "Objective 20 repeats Objective 2: corrected."),),
        measures=build_measures(segments),
        principles=build_principles(segments),
    )
