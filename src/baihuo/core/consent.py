"""Consent of visitors, as events carry it: granted or denied, for a purpose, as in the consent mode of GA4."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

Consent: TypeAlias = Literal["granted", "denied"]

CONSENT_FIELDS = ("consent_analytics", "consent_personalization")
"""The consent fields of events. Events refused for either purpose are not used for training or the visitor's pages."""


def is_consented(event: Any, *, absent: Consent) -> bool:
    """Whether an event may be learned from.

    Args:
        event: An event, or another object with the :data:`CONSENT_FIELDS`.
        absent: The meaning of an empty field.
    """
    return all((getattr(event, name) or absent) == "granted" for name in CONSENT_FIELDS)


def consented_sql(absent: str) -> str:
    """Return SQL for :func:`is_consented` over rows of events.

    Args:
        absent: As above; or a placeholder for it.
    """
    return " AND ".join(f"coalesce({name}, '{absent}') = 'granted'" for name in CONSENT_FIELDS)
