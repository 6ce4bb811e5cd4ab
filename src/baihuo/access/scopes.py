"""Scopes of keys and roles."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """A permission of a key or a role. ``admin`` includes all others, ``merchandiser`` includes ``reports``."""

    SEARCH = "search"
    EVENTS = "events"
    CATALOGUE = "catalogue"
    DESK = "desk"
    REPORTS = "reports"
    MERCHANDISER = "merchandiser"
    ADMIN = "admin"


SCOPES: dict[Scope, str] = {
    Scope.SEARCH: "pages, suggestions and profiles for any visitor",
    Scope.EVENTS: "events of any visitor, purchases and cancellations among them",
    Scope.CATALOGUE: "products, prices and stock",
    Scope.DESK: "conversations of the service desk, also in the name of any shopper",
    Scope.REPORTS: "the reports of data quality and of judgements, nothing row by row",
    Scope.MERCHANDISER: "data quality, rows in quarantine, judgements",
    Scope.ADMIN: "everything",
}
"""Every scope with what it allows."""


def allows(scopes: Collection[Scope], needed: Scope) -> bool:
    """Return whether these scopes allow ``needed``."""
    if needed is Scope.REPORTS and Scope.MERCHANDISER in scopes:
        return True
    return needed in scopes or Scope.ADMIN in scopes
