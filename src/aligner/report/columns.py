"""The columns of each sheet: head, width, look, and what stands in it (the sheet Dictionary).

One list for the sheets and for the dictionary, so that the two cannot disagree.
"""

from __future__ import annotations

from aligner.report.cells import Column

_MIDDLE = "head_middle"
_YOURS = "head_input"
_ACTION = Column(
    "Action", 8, meaning="The action's id; a dagger marks a paraphrase in words of our own."
)
_ASKS = "The text of the action in the framework."
_CONFIDENCE = Column(
    "Confidence", 11.5, _MIDDLE, "Estimated likelihood that this proposal is right; no score."
)
_MEASURE = Column(
    "Measure type",
    15,
    _MIDDLE,
    "What the passage does with the measure: commits to it, mandates it, plans it, funds it or "
    "runs it. Empty: no words say so.",
)
_PASSAGE = "The words of the policy, unchanged and whole."
_PAGE = Column("Page", 7, _MIDDLE, "The page of the file, counted from 1; 3–4: it runs over two.")
_SECTION = "The headings above the passage, outermost first, and what it is read with."
_STATUS = "Covered, Partly covered, Gap or Not assessed; the sheet Summary says what each means."

SUMMARY = (
    Column("Objective", 16, meaning="The objective's number; leads to its row of the matrix."),
    Column("Title", 60, meaning="The title of the objective."),
    Column("Status", 16, _MIDDLE, "The statuses of its actions summed up."),
    Column("Covered", 14, _MIDDLE, "How many of its actions are covered."),
    Column("Partly covered", 14, _MIDDLE, "How many of its actions are partly covered."),
    Column("Gap", 14, _MIDDLE, "For how many of its actions no passage was found."),
    Column("Not assessed", 14, _MIDDLE, "How many could not be judged: pages were not readable."),
    Column("Confidence", 12, _MIDDLE, "Estimated likelihood that the status is right."),
    Column("Best evidence on page", 12, _MIDDLE, "The page of its likeliest passage."),
)
MATRIX = (
    Column("Objective", 10, meaning="The objective's number."),
    Column("Title", 88, meaning="The title of the objective."),
    Column("Status", 17, _MIDDLE, "The statuses of its actions summed up."),
)
MATRIX_CELL = (
    "a, b, c … or 1, 2, 3 …",
    "One action each: C covered, P partly covered, G gap, N not assessed; leads to its row.",
)
ACTIONS = (
    _ACTION,
    Column("What the action asks", 38, meaning=_ASKS),
    Column("Status", 13, _MIDDLE, _STATUS),
    _CONFIDENCE,
    Column(
        "Strength",
        9,
        _MIDDLE,
        "Of the best passage. Full: the core of the action; Partial: a part.",
    ),
    _MEASURE,
    Column("Passages", 10, _MIDDLE, "How many passages count as evidence; see Evidence."),
    Column("Best passage, word for word", 46, meaning=f"The likeliest passage. {_PASSAGE}"),
    _PAGE,
    Column("Section", 18, meaning=_SECTION),
    Column(
        "Sector", 12, _YOURS, "From an action-plan table where one says so, else yours to fill."
    ),
    Column("National indicator", 14, _YOURS, "From an action-plan table, else yours to fill."),
    Column("Responsible institution", 18, _YOURS, "From an action-plan table, else yours to fill."),
    Column("Deadline", 11, _YOURS, "From an action-plan table, else yours to fill."),
    Column("Budget", 13, _YOURS, "From an action-plan table, else yours to fill."),
    Column("Status after review", 13, _YOURS, "Yours: the status you decide on, from the list."),
    Column("Comment", 18, _YOURS, "Yours."),
)
EVIDENCE = (
    _ACTION,
    Column("What the action asks", 28, meaning="The beginning of the action's text."),
    Column(
        "Strength", 10, _MIDDLE, "Full, Partial, or Set aside: something in it speaks against it."
    ),
    _MEASURE,
    _CONFIDENCE,
    Column("Passage, word for word", 64, meaning=f"{_PASSAGE} Words that led to it are bold."),
    _PAGE,
    Column("Section", 24, meaning=_SECTION),
    Column("Why", 42, meaning="What spoke for the passage, what against it, in which words."),
)
GAPS = (
    _ACTION,
    Column("What the action asks", 46, meaning=_ASKS),
    Column("Status", 13, _MIDDLE, "Gap, or Not assessed."),
    Column(
        "Trust in the gap",
        15,
        meaning="How far one may rely on it: High, Medium or Low, with the "
        "estimated likelihood and the pages that were not read.",
    ),
    Column("Words searched for", 44, meaning="The words of the rules, a line a rule."),
    Column(
        "Nearest passages, and why each falls short",
        84,
        meaning="Up to three passages that came "
        "closest, cut where they are long, and what they lack.",
    ),
    Column(
        "Wording that would close it",
        48,
        meaning="A sentence made of the action's own words. "
        "Whether the policy should say it is not for a tool to judge, nor that it fits.",
    ),
)
UNMATCHED = (
    Column("About migration", 11, _MIDDLE, "Whether it, or what stands above it, says migration."),
    Column("Measure type", 15, _MIDDLE, _MEASURE.meaning),
    Column(
        "Passage, word for word", 78, meaning=f"{_PASSAGE} Words that commit to a measure are bold."
    ),
    _PAGE,
    Column("Section", 30, meaning=_SECTION),
    Column("Responsible institution", 20, meaning="From an action-plan table, where it says so."),
    Column("Deadline", 12, meaning="From an action-plan table, where it says so."),
    Column("Nearest action", 24, meaning="The action that came closest, and how likely it was."),
)
PRINCIPLES = (
    Column("Principle", 28, meaning="One of the guiding principles of the framework."),
    Column("Passages", 10, _MIDDLE, "How many passages speak of it in words."),
    Column("That commit", 14, _MIDDLE, "How many of these commit to a measure."),
    Column("That are evidence", 14, _MIDDLE, "How many of these are evidence for an action."),
    Column("On pages", 86, meaning="The pages on which they stand."),
    Column("First passage", 34, meaning="Where the first of them stands below."),
)
PRINCIPLE_PASSAGES = (
    Column("Principle", 28, meaning="The principle that the passage speaks of."),
    _PAGE,
    Column("Measure type", 15, _MIDDLE, _MEASURE.meaning),
    Column("Evidence for", 14, _MIDDLE, "The actions for which the passage is evidence."),
    Column(
        "Passage, word for word", 86, meaning=f"{_PASSAGE} The words of the principle are bold."
    ),
    Column("Section", 34, meaning=_SECTION),
)
REVIEW = (
    _ACTION,
    Column("What the action asks", 30, meaning="The beginning of the action's text."),
    Column(
        "Proposed",
        15,
        _MIDDLE,
        "What aligner proposes: full or partial evidence, set aside, or that no passage was found.",
    ),
    _CONFIDENCE,
    Column("Passage, word for word", 60, meaning=_PASSAGE),
    Column("Page", 8, _MIDDLE, "Its page; several where the same words stand more than once."),
    Column(
        "Decision",
        14,
        _YOURS,
        "Yours, from the list. accept: the proposal is right; reject: it "
        "is wrong; other action: the passage belongs to the action in the next column; not "
        "applicable: the action does not concern this policy.",
    ),
    Column("Other action", 12, _YOURS, "Yours, from the list, where the decision is other action."),
    Column("Comment", 30, _YOURS, "Yours."),
    Column("Reviewer", 14, _YOURS, "Yours: who decided."),
    Column("Key: document", 70, meaning="Hidden. SHA-256 of the policy's file."),
    Column("Key: passage", 70, meaning="Hidden. Fingerprint of the passage's words; empty: a gap."),
    Column("Key: action", 70, meaning="Hidden. The action's id."),
)
DICTIONARY = (
    Column("Sheet", 24, meaning="The name of the sheet."),
    Column("Column", 34, meaning="The head of the column."),
    Column("What stands in it", 90, meaning="What the column holds."),
    Column("Filled by", 14, meaning="aligner, or you."),
)
ABOUT = (
    Column("Name", 24, meaning="What is told."),
    Column("Value", 120, meaning="What there is to know of it."),
)
