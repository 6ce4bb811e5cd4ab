"""What a model would learn wrongly: contradictory and late outcomes, wrong positions, clicks of no query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from baihuo.quality.check import Check
from baihuo.quality.ledger import Ledger
from baihuo.quality.limits import Limits
from baihuo.quality.step import Found, Given, Step

if TYPE_CHECKING:
    from baihuo.quality.rules import QualityRules


class LabelsRules(Limits):
    """What a model would learn wrongly: contradictory and late outcomes, wrong positions, clicks of no query."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)


CHECKS: tuple[Check, ...] = ()


def find(ledger: Ledger, rules: QualityRules, given: Given) -> Found:
    """Nothing yet."""
    return Found()


STEP = Step(name="labels", checks=CHECKS, finds=(find,))
