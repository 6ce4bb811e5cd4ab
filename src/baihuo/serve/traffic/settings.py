"""Limits of traffic: the sections of ``serve`` in ``shop.yaml``, which are also what a worker process gets."""

from __future__ import annotations

import ipaddress
from typing import Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from baihuo.core import SettingsSection
from baihuo.features import FloodSettings


class RequestLimits(SettingsSection):
    """Sizes of a request. What is larger is refused before it is parsed."""

    address_bytes: PositiveInt = Field(
        default=8_192,
        description="Path and parameters; a page repeats them in about a hundred links. Beyond it: 414.",
    )
    header_bytes: PositiveInt = Field(
        default=32_768, description="Address and headers together. Beyond it: 431."
    )
    headers: PositiveInt = Field(default=100, description="Number of headers. Beyond it: 431.")
    page_body_kb: PositiveInt = Field(
        default=64, description="The body of a search or recommendation. Beyond it: 413."
    )
    events_body_mb: PositiveInt = Field(default=4, description="A batch of events.")
    products_body_mb: PositiveInt = Field(default=8, description="A batch of products.")
    team_body_mb: PositiveInt = Field(
        default=2, description="A batch of judgements, or of decisions on rows in quarantine."
    )
    depth: PositiveInt = Field(default=20, description="Levels of objects and lists in a body.")
    memory_mb: PositiveInt = Field(
        default=32,
        description="All bodies that one worker holds at the same time. Beyond it requests with a body get a 503.",
    )
    live_entries: PositiveInt = Field(
        default=1_000_000,
        description="What live features of one worker remember of new visitors, searches and products since the last snapshot, about 550 bytes each. "
        "Beyond it events are stored as ever and count live for what is known already, until the next snapshot.",
    )


class AdmissionSettings(SettingsSection):
    """The queue of pages of one worker, which makes one page at a time. Events, health and writes never wait in it."""

    max_waiting: NonNegativeInt = Field(
        default=8,
        description="Pages that wait. More are refused with a 503 and `Retry-After`.",
    )
    max_wait_ms: PositiveInt = Field(
        default=1_000, description="A page that has waited so long is refused, too."
    )
    cheap_from: NonNegativeInt = Field(
        default=3,
        description="With so many waiting, pages are ordered without learned models, and visitors without a history share a page for `shared_ms`. "
        "0: never.",
    )
    shared_ms: NonNegativeInt = Field(
        default=2_000,
        description="How long, at most, a page is shared then. A change of the catalogue ends it. 0: never.",
    )
    hold_ms: NonNegativeInt = Field(
        default=250,
        description="A refusal is held back so long, so that clients that ask again at once cost little.",
    )


class RateLimits(SettingsSection):
    """Requests a second, by worker process. Each client saves up to its burst. Beyond it: 429 and `Retry-After`."""

    address_per_s: PositiveFloat = Field(
        default=20, description="Pages of one address (IPv6: of one /64)."
    )
    address_burst: PositiveInt = Field(default=200, description="Pages of one address at once.")
    visitor_per_s: PositiveFloat = Field(
        default=5, description="Pages of one visitor, by id or cookie."
    )
    visitor_burst: PositiveInt = Field(default=60, description="Pages of one visitor at once.")
    key_per_s: PositiveFloat = Field(
        default=200,
        description="Requests of one key, pages and writes together, in place of the limits of address and visitor.",
    )
    key_burst: PositiveInt = Field(default=2_000, description="Requests of one key at once.")
    writes_per_s: PositiveFloat = Field(
        default=50, description="Requests of one address that write: events, profiles, products."
    )
    writes_burst: PositiveInt = Field(default=500, description="The same, at once.")
    reads_per_s: PositiveFloat = Field(
        default=200,
        description="All other requests of one address: pictures and other files, single products, profiles, the description of the API, "
        "`/metrics`. An export of a visitor's data counts as 400.",
    )
    reads_burst: PositiveInt = Field(default=2_000, description="The same, at once.")
    exempt: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Networks without limits of rate and of connections: a proxy on this machine, your own servers, as in `[10.0.0.0/8]`.",
    )
    remembered: PositiveInt = Field(
        default=50_000,
        description="Clients whose use is remembered, about 200 bytes each; those seen longest ago are forgotten first.",
    )

    @field_validator("exempt")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise ValueError(
                    f"{network!r} is no network; write it as 10.0.0.0/8 or as one address"
                ) from None
        return networks


class ConnectionLimits(SettingsSection):
    """Connections of one worker, and how slow they may be."""

    most: PositiveInt = Field(
        default=2_000,
        description="Open connections. For one more, the one that has been without a request longest is closed.",
    )
    most_by_address: PositiveInt = Field(
        default=100, description="Open connections of one address."
    )
    header_s: PositiveFloat = Field(default=10, description="Time for the headers of a request.")
    body_s: PositiveFloat = Field(default=20, description="Time for the body. Beyond it: 408.")
    idle_s: PositiveInt = Field(default=5, description="A kept-alive connection without requests.")
    read_s: PositiveFloat = Field(
        default=20, description="A client that takes no part of its answer for so long is cut off."
    )


class TrafficSettings(SettingsSection):
    """All limits of traffic."""

    limits: RequestLimits = RequestLimits()
    admission: AdmissionSettings = AdmissionSettings()
    rates: RateLimits = RateLimits()
    connections: ConnectionLimits = ConnectionLimits()
    floods: FloodSettings = FloodSettings()

    def traffic(self) -> TrafficSettings:
        """These sections alone, for a worker process."""
        return TrafficSettings.model_construct(
            **{name: getattr(self, name) for name in TrafficSettings.model_fields}
        )

    @model_validator(mode="after")
    def _headers_hold_the_address(self) -> Self:
        if self.limits.header_bytes <= self.limits.address_bytes:
            raise ValueError(
                "limits.header_bytes counts the address, too; set it above limits.address_bytes"
            )
        return self
