"""A later page of a query whose order was frozen with its first page."""

from __future__ import annotations

from dataclasses import replace

from baihuo.core import Conflict, Query
from baihuo.events import StoredPage
from baihuo.serve.ids import is_anonymous, new_id

_FROZEN_FIELDS = (
    "surface",
    "query_text",
    "product_id",
    "filters",
    "sort",
    "as_typed",
    "discover",
    "complements",
)


def continue_query(
    query: Query, first: StoredPage, stored: Query
) -> tuple[Query, StoredPage | None]:
    """``query``, from the visitor of its first page, and that page; a request without a visitor id gets that one.

    A link that somebody shared names the query id of another visitor. Who follows it gets the same page of a search of their
    own, with an id of its own: what they click is theirs, and the page is ordered for them.

    Args:
        stored: ``query`` as it would be stored, with its personal data masked: that of the first page is.

    Raises:
        Conflict: the query id belongs to another query.
    """
    for name in _FROZEN_FIELDS:
        if getattr(stored, name) != getattr(first.query, name):
            raise Conflict(
                f"query_id {query.query_id!r} belongs to a query with another {name}",
                fix="leave query_id out to start a new query, or repeat the parameters of the first page",
            )
    if is_anonymous(query.visitor_id):
        return replace(query, visitor_id=first.query.visitor_id), first
    if query.visitor_id != first.query.visitor_id:
        return replace(query, query_id=new_id()), None
    return query, first
