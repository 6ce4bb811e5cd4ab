"""Pictures that are broken, or shared by products that look nothing alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from baihuo.quality.check import Check
from baihuo.quality.ledger import Ledger
from baihuo.quality.limits import Limits
from baihuo.quality.step import Found, Given, Step

if TYPE_CHECKING:
    from baihuo.quality.rules import QualityRules


class PicturesRules(Limits):
    """Pictures that are broken, or shared by products that look nothing alike."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)


CHECKS: tuple[Check, ...] = ()


def find(ledger: Ledger, rules: QualityRules, given: Given) -> Found:
    """Nothing yet."""
    return Found()


STEP = Step(name="pictures", checks=CHECKS, finds=(find,))
