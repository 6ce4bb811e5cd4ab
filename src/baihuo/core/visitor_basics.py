"""What is known of a visitor before the first click: what the client says, or the visitor at sign-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

INTEREST_SEPARATOR = " | "
"""Between the interests in a field of an event."""
_NO_INTERESTS = INTEREST_SEPARATOR.strip()  # an empty field would say that nothing is known


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorBasics:
    """Basic information of a visitor; None: not known.

    Coarse on purpose: no field can hold a name or an address. Referrers are hosts or channels, never whole URLs.
    """

    platform: str | None = None  # web, app, …
    device: str | None = None  # phone, tablet, desktop
    language: str | None = None  # its first part only: zh of zh-Hant-TW
    country: str | None = None  # ISO 3166-1: CN
    region: str | None = None  # ISO 3166-2: CN-GD
    referrer: str | None = None
    # Categories that the visitor declared, as the catalogue names them; (): they declared that it is none
    interests: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return any(getattr(self, field.name) is not None for field in fields(self))

    def over(self, older: VisitorBasics) -> VisitorBasics:
        """These, and of ``older`` what is not known here."""
        known = {f.name: v for f in fields(self) if (v := getattr(self, f.name)) is not None}
        return replace(older, **known)

    def as_event_fields(self) -> dict[str, str]:
        """As fields of an :class:`~baihuo.core.Event`; what is not known is left out."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.interests is not None:
            values["interests"] = INTEREST_SEPARATOR.join(self.interests) or _NO_INTERESTS
        return {name: value for name, value in values.items() if value}


BASICS_FIELDS = tuple(field.name for field in fields(VisitorBasics))
"""What events, requests and visitors have in common."""


def basics_of(row: Mapping[str, Any]) -> VisitorBasics:
    """The basics in a row of events, in the form that segments compare: requests, training and serving call it.

    Fields that are missing are not known; a region without a country says the country.
    """
    country, region = row.get("country") or None, row.get("region") or None
    return VisitorBasics(
        platform=row.get("platform") or None,
        device=row.get("device") or None,
        language=first_language(row.get("language")),
        country=country or (region or "")[:2] or None,
        region=region,
        referrer=referrer_of(row.get("referrer")),
        interests=interests_of(row.get("interests")),
    )


def interests_of(text: str | None) -> tuple[str, ...] | None:
    """The interests in a field of an event, each once; None where it says nothing of them.

    >>> interests_of("Home | Toys | Home"), interests_of("|"), interests_of(None)
    (('Home', 'Toys'), (), None)
    """
    if not (text or "").strip():
        return None
    parts = (part.strip() for part in (text or "").split(INTEREST_SEPARATOR.strip()))
    return tuple(dict.fromkeys(part for part in parts if part))


def first_language(tag: str | None) -> str | None:
    """The language of a tag such as ``zh-Hant-TW``, lower case; None without one.

    >>> first_language("zh-Hant-TW"), first_language("")
    ('zh', None)
    """
    return (tag or "").replace("_", "-").split("-")[0].strip().lower() or None


def referrer_of(text: str | None) -> str | None:
    """The host of an address, without ``www``; another text in lower case; None without one.

    Paths and parameters are dropped: they can say what somebody searched for elsewhere, or who they are.

    >>> referrer_of("https://www.google.com/search?q=me@mail.com"), referrer_of("Newsletter")
    ('google.com', 'newsletter')
    """
    rest = (text or "").strip().lower().partition("://")
    host = (rest[2] or rest[0]).split("/")[0].split("?")[0].split("#")[0]
    return host.rpartition("@")[2].partition(":")[0].removeprefix("www.") or None
