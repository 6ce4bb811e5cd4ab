"""What a key may do."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """One right of a key. ``admin`` holds all others."""

    SEARCH = "search"
    EVENTS = "events"
    CATALOGUE = "catalogue"
    DESK = "desk"
    MERCHANDISER = "merchandiser"
    ADMIN = "admin"


SCOPES: dict[Scope, str] = {
    Scope.SEARCH: "pages, suggestions and profiles for any visitor",
    Scope.EVENTS: "events of any visitor, purchases and cancellations among them",
    Scope.CATALOGUE: "products, prices and stock",
    Scope.DESK: "conversations of the service desk",
    Scope.MERCHANDISER: "data quality, rows in quarantine, judgements",
    Scope.ADMIN: "everything",
}
"""Every scope with what it allows."""


def allows(scopes: Collection[Scope], needed: Scope) -> bool:
    """Whether a key with these scopes may do what needs ``needed``."""
    return needed in scopes or Scope.ADMIN in scopes
