"""Who asks, and what is known of them: gathered once a page, before the first stage."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.core import Query
from baihuo.features import History
from baihuo.index import AnswerSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query with what every stage may know about it."""

    query: Query
    history: History
    answer: AnswerSet | None = None  # search only
    looked_at: int = -1  # index row of ``query.product_id`` on the surface similar
