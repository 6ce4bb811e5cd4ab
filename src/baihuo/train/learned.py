"""What every training stage of a shop gives: one record, whatever was learned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from baihuo.bundle import Part


@dataclass(frozen=True, slots=True)
class Learned:
    """Parts of a bundle and a report; without parts the report says why there are none."""

    parts: dict[str, Part] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    clicks: Any = None  # LearnedClicks, for stages that build on click models
