"""Roles of people, as scopes of the API."""

from __future__ import annotations

from enum import StrEnum

from baihuo.access.scopes import Scope


class Role(StrEnum):
    """The work of a person in the shop. An account has one."""

    VIEWER = "viewer"
    MERCHANDISER = "merchandiser"
    DESK = "desk"
    ENGINEER = "engineer"


ROLES: dict[Role, str] = {
    Role.VIEWER: "reads the state of the shop and its reports",
    Role.MERCHANDISER: "also reads and decides on rows in quarantine, and judges search results",
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
