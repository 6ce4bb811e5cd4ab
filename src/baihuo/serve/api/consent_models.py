"""Consent in requests: two fields, or the object that GA4's consent mode sends."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from baihuo.core import CONSENT_FIELDS, Consent


def _lower(value: object) -> object:
    """GA4 says ``granted`` in pages and ``GRANTED`` in its protocol."""
    return value.lower() if isinstance(value, str) else value


ConsentState = Annotated[Consent, BeforeValidator(_lower)]


class ConsentFields(BaseModel):
    """What a visitor agreed to."""

    consent_analytics: ConsentState | None = Field(
        default=None, description="Whether what they do may be measured"
    )
    consent_personalization: ConsentState | None = Field(
        default=None, description="Whether their pages may be ordered by what they did"
    )


class ConsentIn(BaseModel):
    """Consent by the names of GA4's consent mode, or by ours. Where names of one purpose differ, ``denied`` counts."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": True})

    analytics: ConsentState | None = None
    analytics_storage: ConsentState | None = None
    ad_user_data: ConsentState | None = None
    personalization: ConsentState | None = None
    personalization_storage: ConsentState | None = None
    ad_personalization: ConsentState | None = None

    def event_fields(self) -> dict[str, Consent]:
        """As fields of an event; a purpose that nothing was said of is left out."""
        states_of = {
            CONSENT_FIELDS[0]: (self.analytics, self.analytics_storage, self.ad_user_data),
            CONSENT_FIELDS[1]: (
                self.personalization,
                self.personalization_storage,
                self.ad_personalization,
            ),
        }
        return {
            name: consent for name, states in states_of.items() if (consent := _strictest(states))
        }


def with_consent(values: dict[str, Any], consent: ConsentIn | None) -> dict[str, Any]:
    """Values of an event with what the object says; a field that says ``denied`` stays so."""
    for name, state in consent.event_fields().items() if consent else ():
        values[name] = _strictest((values.get(name), state))
    return values


def _strictest(states: tuple[Consent | None, ...]) -> Consent | None:
    return "denied" if "denied" in states else "granted" if "granted" in states else None
