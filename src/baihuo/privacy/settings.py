"""The section ``privacy`` of ``shop.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from baihuo.core import Consent, SettingsSection


class PrivacySettings(SettingsSection):
    """Storage of visitors' ids. Personal data in texts is always masked (docs/privacy.md)."""

    ids: Literal["plain", "hmac"] = Field(
        default="plain",
        description="How ids of visitors, sessions and orders are stored. `plain`: as they come, and as a pseudonym where one looks like an "
        "e-mail address, a phone number, a card or a resident id; `hmac`: always as a pseudonym, HMAC-SHA256 with `mask.key`. "
        "A change holds for what comes in from then on (privacy.md).",
    )
    absent_consent: Consent = Field(
        default="granted",
        description="What an event, or a request for a page, that says nothing of consent means. Events without consent are not learned from, and change no page.",
    )
