"""The section ``own`` of ``quality.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from baihuo.quality.limits import Limits


class CustomRules(Limits):
    """Custom checks: those that the shop wrote itself."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    checks: tuple[str, ...] = ("checks",)  # files, or folders of them, next to quality.yaml
    on_error: Literal["warn", "stop"] = "warn"  # when one of them fails
