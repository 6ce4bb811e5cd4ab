"""Damage in what shoppers read: encoding, markup, boilerplate, stuffing, the wrong language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from baihuo.quality.check import Check
from baihuo.quality.ledger import Ledger
from baihuo.quality.limits import Limits
from baihuo.quality.step import Found, Given, Step

if TYPE_CHECKING:
    from baihuo.quality.rules import QualityRules


class TextRules(Limits):
    """Damage in what shoppers read: encoding, markup, boilerplate, stuffing, the wrong language."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)


CHECKS: tuple[Check, ...] = ()


def find(ledger: Ledger, rules: QualityRules, given: Given) -> Found:
    """Nothing yet."""
    return Found()


STEP = Step(name="text", checks=CHECKS, finds=(find,))
