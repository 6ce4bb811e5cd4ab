"""The section ``own`` of ``quality.yaml``."""

from __future__ import annotations

from typing import Literal

from baihuo.quality.limits import Limits


class CustomRules(Limits):
    """The shop's own checks: docs/checks.md."""

    checks: tuple[str, ...] = (
        "checks",
    )  # files (.yaml, .sql, .py), or folders of them, next to this file
    on_error: Literal["warn", "stop"] = "warn"  # warn or stop, when one of them cannot be run
