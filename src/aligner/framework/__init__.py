"""Frameworks: the actions policies are held against, and the knowledge to recognise them.

`load()` gives the Global Compact for Migration; a path gives a list or pack of the analyst's own;
`check()` says what is wrong with one; `example()` finds an example passage by its name; `seeds()`
is where those that come with aligner stand. Nothing else in aligner knows how they are stored.
"""

from aligner.framework.exemplars import Exemplars
from aligner.framework.load import check, example, load, names, seeds

__all__ = ["Exemplars", "check", "example", "load", "names", "seeds"]
