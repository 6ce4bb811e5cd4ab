"""Scopes of keys, and the roles of people as scopes."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """A permission of a key or a role. ``admin`` includes all others, ``merchandiser`` includes ``reports`` and ``advertiser``."""

    SEARCH = "search"
    EVENTS = "events"
    CATALOGUE = "catalogue"
    DESK = "desk"
    ADVERTISER = "advertiser"
    REPORTS = "reports"
    MERCHANDISER = "merchandiser"
    ADMIN = "admin"


SCOPES: dict[Scope, str] = {
    Scope.SEARCH: "pages, suggestions and profiles for any visitor",
    Scope.EVENTS: "events of any visitor, purchases and cancellations among them",
    Scope.CATALOGUE: "products, prices and stock",
    Scope.DESK: "conversations of the service desk, also in the name of any shopper",
    Scope.ADVERTISER: "campaigns, reports and statements of one advertiser, whom the key names",
    Scope.REPORTS: "the reports of data quality and of judgements, nothing row by row",
    Scope.MERCHANDISER: "data quality, rows in quarantine, judgements, campaigns of all advertisers",
    Scope.ADMIN: "everything",
}
"""Every scope with what it allows."""


def allows(scopes: Collection[Scope], needed: Scope) -> bool:
    """Return whether these scopes allow ``needed``."""
    if needed in (Scope.REPORTS, Scope.ADVERTISER) and Scope.MERCHANDISER in scopes:
        return True
    return needed in scopes or Scope.ADMIN in scopes


class Role(StrEnum):
    """The work of a person in the shop. An account has one."""

    VIEWER = "viewer"
    MERCHANDISER = "merchandiser"
    DESK = "desk"
    ENGINEER = "engineer"


ROLES: dict[Role, str] = {
    Role.VIEWER: "reads the state of the shop and its reports",
    Role.MERCHANDISER: "also reads and decides on rows in quarantine and on campaigns, and judges search results",
    Role.DESK: "conversations of the service desk",
    Role.ENGINEER: "everything, and sees accounts and the audit log",
}
"""Every role with what it allows."""

_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.REPORTS}),
    Role.MERCHANDISER: frozenset({Scope.REPORTS, Scope.MERCHANDISER}),
    Role.DESK: frozenset({Scope.DESK}),
    Role.ENGINEER: frozenset({Scope.ADMIN}),
}


def scopes_of(role: Role) -> frozenset[Scope]:
    """Return the API scopes of a session of this role."""
    return _SCOPES[role]
