"""The section ``consent`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field

from baihuo.quality.limits import Limits


class ConsentRules(Limits):
    """Events without consent. They are not dirt, so no share of them is too much by default."""

    warn_above: float | None = Field(default=None, ge=0, le=1)
    stop_above: float | None = Field(default=None, ge=0, le=1)
