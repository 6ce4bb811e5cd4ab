"""Plans of what the policy refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baihuo.assist.policy.policy import Ruling
from baihuo.assist.turns import ActionPlan, ActionState


def refused(tool: str, arguments: Mapping[str, Any], ruling: Ruling) -> ActionPlan:
    """Return the plan of a write that the policy refuses."""
    return ActionPlan(
        tool=tool,
        arguments=arguments,
        state=ActionState.REFUSED,
        rule=ruling.rule,
        summary=ruling.texts,
        source_ids=(f"policy:{ruling.rule}",),
    )
