"""A further page of an answer that was given before."""

from __future__ import annotations

from dataclasses import replace

from baihuo.core import Conflict, Query
from baihuo.events import StoredPage
from baihuo.serve.ids import is_anonymous

_SAME = ("surface", "query_text", "product_id", "filters", "sort", "discover")


def continuing(query: Query, first: StoredPage) -> Query:
    """``query`` as asked by the visitor of the first page, who need not say again who that is.

    Raises:
        Conflict: the query id belongs to another question, or to somebody else.
    """
    for name in _SAME:
        if getattr(query, name) != getattr(first.query, name):
            raise Conflict(
                f"query_id {query.query_id!r} belongs to a question with another {name}",
                fix="leave query_id out to ask anew, or repeat the first page's question",
            )
    if is_anonymous(query.visitor_id):
        return replace(query, visitor_id=first.query.visitor_id)
    if query.visitor_id != first.query.visitor_id:
        raise Conflict(
            f"query_id {query.query_id!r} belongs to another visitor",
            fix="leave query_id out to ask anew",
        )
    return query
