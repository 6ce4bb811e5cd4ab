"""What settings say of how a release serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from baihuo.core import Consent
from baihuo.features import FloodSettings
from baihuo.rank import Exploration


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingOptions:
    """How a release serves. Every one has a default."""

    exploration: Exploration = field(default_factory=Exploration)
    order_switches: Mapping[str, str] | None = None
    """By surface, which order serves; None: as training and the gate say."""
    floods: FloodSettings = field(default_factory=FloodSettings)
    """How far unchecked events count for all visitors."""
    most_new: int | None = None
    """What live features remember at most of visitors and queries since their snapshot; None: everything."""
    absent_consent: Consent = "granted"
    """What an event that says nothing of consent means."""
