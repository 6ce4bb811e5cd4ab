"""How customer service does: resolution, deflection, and wrong answers by intent, from what shoppers said and did."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from baihuo.core import open_read_only
from baihuo.engine import sql_file

_OUTCOMES, _WRONG_ANSWERS = sql_file(__file__, "outcomes"), sql_file(__file__, "wrong_answers")
_HELD_BACK_US = 3_600_000_000  # an hour without a message: the conversation is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Counts, and rates from 0 to 1; None where nothing was counted. Of conversations that began in the time asked for."""

    n_conversations: int = 0
    n_turns: int = 0
    n_handed_over: int = 0  # conversations
    n_waiting: int = 0  # handed over, not closed by the desk
    n_resolved: int = 0  # the shopper said so
    n_not_resolved: int = 0
    resolution_rate: float | None = None  # said resolved, of those who said either
    deflection: float | None = None  # over, never handed over, and not said to be unresolved
    wrong_answers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By intent: answers with a thumb down or asked again within a day, and all answers."""


def read_outcomes(file: Path, *, since_us: int, at_us: int) -> Outcomes | None:
    """What the file says of conversations that began after ``since_us``; None where there is no file."""
    with open_read_only(file) as db:
        if db is None:
            return None
        of = "conversation_id IN (SELECT conversation_id FROM conversations WHERE started_at_us >= ?)"
        over_at_us = at_us - _HELD_BACK_US
        n, handed, waiting, over, deflected = db.execute(
            _OUTCOMES(), (over_at_us, over_at_us, since_us)
        ).fetchone()
        (n_turns,) = db.execute(
            f"SELECT count(*) FROM decisions WHERE {of}", (since_us,)
        ).fetchone()
        kinds = (
            f"SELECT kind, count(DISTINCT conversation_id) FROM feedback WHERE {of} GROUP BY kind"
        )
        said = dict(db.execute(kinds, (since_us,)).fetchall())
        wrong = db.execute(_WRONG_ANSWERS(), (since_us,)).fetchall()
    yes, no = said.get("resolved", 0), said.get("not_resolved", 0)
    return Outcomes(
        n_conversations=n,
        n_turns=n_turns,
        n_handed_over=handed,
        n_waiting=waiting,
        n_resolved=yes,
        n_not_resolved=no,
        resolution_rate=yes / (yes + no) if yes + no else None,
        deflection=deflected / over if over else None,
        wrong_answers={intent: (bad, total) for intent, bad, total in wrong},
    )
