"""Every rule tried on the English exemplars of all actions: what it finds, what it takes for it.

The table of confusions is for whoever writes rules. An exemplar names the actions it is evidence
for, not all that it touches, so that a rule that also speaks elsewhere is worth a look, no fault.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aligner.match.lexicon import Lexicon, read
from aligner.match.rules import find_rules
from aligner.model import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aligner.model import Exemplar, Framework, Rule


@dataclass(frozen=True, slots=True)
class Trial:
    """How often a rule spoke on exemplars of its action, of others (by action), and of none."""

    rule: Rule
    right: int
    wrong: tuple[tuple[str, int], ...]
    none: int

    @property
    def precision(self) -> float:
        """The share of the exemplars it spoke on that are evidence for its action (0 to 1)."""
        spoken = self.right + self.none + sum(count for _, count in self.wrong)
        return self.right / spoken if spoken else 1.0


def try_rules(framework: Framework) -> tuple[Trial, ...]:
    """The trial of every rule, the least precise first."""
    bank = [(i, one) for i, one in enumerate(framework.exemplars) if one.language == "en"]
    segments = [Segment(str(i), "paragraph", one.text, 1, 1) for i, one in bank]
    lexicon = Lexicon(framework)
    spoken: dict[str, list[Exemplar]] = {rule.id: [] for rule in framework.rules}
    for one in find_rules(read(segments, lexicon), lexicon):
        if not one.vetoed:
            spoken[lexicon.rules[one.rule].rule.id].append(bank[one.row][1])
    trials = (_trial(rule, spoken[rule.id]) for rule in framework.rules)
    return tuple(sorted(trials, key=lambda trial: (trial.precision, trial.rule.id)))


def _trial(rule: Rule, exemplars: Iterable[Exemplar]) -> Trial:
    right, none, wrong = 0, 0, Counter[str]()
    for exemplar in exemplars:
        actions = [action for action, _ in exemplar.labels]
        if rule.action in actions:
            right += 1
        elif actions:
            wrong[actions[0]] += 1
        else:
            none += 1
    confused = tuple(sorted(wrong.items(), key=lambda one: (-one[1], one[0])))
    return Trial(rule, right, confused, none)


def as_text(trials: Iterable[Trial]) -> str:
    """The table: rule, precision, right, evidence for none, and the actions taken for its own."""
    lines = ["rule                 precision right none  confused with"]
    for one in trials:
        confused = ", ".join(f"{action} {count}" for action, count in one.wrong[:5])
        lines.append(
            f"{one.rule.id:20s} {one.precision:9.2f} {one.right:5d} {one.none:4d}  {confused}"
        )
    return "\n".join(line.rstrip() for line in lines)
