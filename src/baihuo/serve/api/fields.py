"""What many requests hold: single values with the limits that the OpenAPI document shows, consent, and basic information of a visitor."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from baihuo.core import CONSENT_FIELDS, INTEREST_SEPARATOR, Consent, VisitorBasics, basics_of

# The largest integer that every JSON parser keeps exact; so does the OpenAPI document.
MAX_INTEGER = 2**53 - 1

Id = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Minor = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
"""Money in the smallest unit of its currency."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
LongText = Annotated[str, StringConstraints(max_length=10_000)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=64)]


# Consent in requests: two fields, or the object that GA4's consent mode sends.


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
        """As fields of an event; a purpose without an answer is left out."""
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


MAX_INTERESTS = 20
_WORD = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"

Platform = Annotated[str, StringConstraints(pattern=_WORD)]
LanguageTag = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$", max_length=35)
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Referrer = Annotated[
    str,
    StringConstraints(
        max_length=2_000, pattern=r"^([a-z][a-z0-9+.-]*://)?[A-Za-z0-9._-]{1,64}([:/?#].*)?$"
    ),
]
Interest = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^|]+$")]
_EXAMPLE: dict[str, Any] = {
    "language": "zh-CN",
    "region": "CN-GD",
    "interests": ["Electronics", "Home"],
}


class BasicsFields(BaseModel):
    """Basic information that any request may carry."""

    platform: Platform | None = Field(default=None, description="web, app, …", examples=["web"])
    device: Platform | None = Field(default=None, description="phone, tablet, desktop")
    country: Country | None = Field(default=None, description="ISO 3166-1", examples=["CN"])
    region: Region | None = Field(
        default=None, description="ISO 3166-2, as coarse as you like", examples=["CN-GD"]
    )
    referrer: Referrer | None = Field(
        default=None,
        description="Where the visitor came from: an address, of which only the host is kept, or a channel",
        examples=["https://www.google.com/", "newsletter"],
    )
    interests: list[Interest] = Field(
        default=[],
        max_length=MAX_INTERESTS,
        description="Categories that the visitor declared, as the catalogue names them; others are left out. "
        "An empty list takes back what was declared",
        examples=[["Electronics"]],
    )

    def basics(self, language: str | None) -> VisitorBasics:
        """As the ranker reads them."""
        values = {name: getattr(self, name) for name in BasicsFields.model_fields}
        declared = INTEREST_SEPARATOR.join(self.interests) or INTEREST_SEPARATOR
        values["interests"] = declared if "interests" in self.model_fields_set else None
        return basics_of({**values, "language": language})


class ProfileIn(BasicsFields, ConsentFields):
    """What a visitor says at sign-up, or their client knows. Fields that are left out stay as they were. Without consent it is kept
    in the log, and changes no page."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    language: LanguageTag | None = Field(default=None, description="BCP 47", examples=["zh-CN"])


class ProfileOut(BaseModel):
    """What is known of a visitor without any click."""

    visitor_id: str
    platform: str | None
    device: str | None
    language: str | None
    country: str | None
    region: str | None
    referrer: str | None
    interests: list[str]

    @classmethod
    def of(cls, visitor_id: str, known: VisitorBasics) -> ProfileOut:
        """As it is sent."""
        values = {name: getattr(known, name) for name in cls.model_fields if name != "visitor_id"}
        return cls(visitor_id=visitor_id, **{**values, "interests": list(known.interests or ())})
