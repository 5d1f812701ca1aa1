"""The columns of an action plan told by their heads, in English, French, Spanish and Portuguese.

A word of the lexicon stands for every word that begins with it, accents and case apart; of the
names whose words a head holds, the first in the lexicon counts ("implementing partner").
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LONGEST = 8
_LEXICON: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "partner",
        (
            "partner", "support", "collaborat", "cooperat", "contributor", "accompan",
            "secondary",
            "others involved",
            "partenaire", "appui", "collaborateur",
            "socio", "acompan", "aliad", "colabora", "corresponsable", "apoyo", "coadyuvante",
            "parceir",
        ),
    ),
    (
        "indicator",
        ("indicator", "kpi", "performance measure", "indicateur", "indicador"),
    ),
    (
        "deadline",
        (
            "deadline", "timeline", "timeframe", "time frame", "timing", "time", "period", "due",
            "by when",
            "when", "term", "date", "year", "schedule",
            "echeance", "delai", "calendrier", "periode", "annee", "chronogramme",
            "plazo", "fecha", "cronograma", "periodo", "calendario", "temporalidad",
            "prazo",
        ),
    ),
    (
        "budget",
        (
            "budget", "cost", "fund", "financ", "resources", "source of fund",
            "cout", "ressources",
            "presupuest", "costo", "coste", "recursos",
            "orcament", "custo",
        ),
    ),
    (
        "responsible",
        (
            "responsib", "lead", "implementing", "implementer", "executing", "agency",
            "institution", "actor", "by whom", "who", "competent", "in charge", "owner", "ministry",
            "responsable", "chef de file", "structure", "acteur", "maitre d oeuvre", "organisme",
            "entidad", "institucion", "organo", "ejecutor", "dependencia", "instancia",
            "responsavel", "entidade",
        ),
    ),
    (
        "activity",
        (
            "activit", "action", "measure", "intervention", "task", "key step", "initiative",
            "what",
            "mesure", "tache",
            "actividad", "accion", "medida", "linea de accion", "intervencion", "iniciativa",
            "atividade", "acao", "acoes",
        ),
    ),
)  # fmt: skip


@lru_cache(maxsize=4096)
def column_name(head: str) -> str:
    """What a column holds by its head: "activity", "responsible" and so on, or "" if unknown."""
    text = re.sub(r"\([^)]*\)", " ", head)
    folded = unicodedata.normalize("NFKD", text.lower())
    words = re.findall(r"[a-z]+", "".join(c for c in folded if not unicodedata.combining(c)))
    if not 0 < len(words) <= _LONGEST:
        return ""
    padded = f" {' '.join(words)}"
    for name, phrases in _LEXICON:
        if any(f" {phrase}" in padded for phrase in phrases):
            return name
    return ""


def named(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The cells of a row under the names of their columns; a second one keeps its head."""
    result: list[tuple[str, str]] = []
    taken: set[str] = set()
    for head, text in fields:
        name = column_name(head)
        if not name or name in taken:
            name = head
        taken.add(name)
        result.append((name, text))
    return tuple(result)
