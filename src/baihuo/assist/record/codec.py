"""Replies, plans and states as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from baihuo.assist.turns import ActionPlan, ActionState, Reply, Sentence, TurnStep

Masked = Callable[[str], str]


def reply_to_json(reply: Reply, masked: Masked) -> str:
    """All of a reply, its texts masked."""
    sentences = [[masked(s.text), list(s.source_ids)] for s in reply.sentences]
    return json.dumps(
        {
            "language": reply.language,
            "sentences": sentences,
            "product_ids": reply.product_ids,
            "order_ids": reply.order_ids,
            "order_facts": {
                order_id: {name: masked(fact) for name, fact in facts.items()}
                for order_id, facts in reply.order_facts.items()
            },
            "options": [masked(option) for option in reply.options],
            "is_generated": reply.is_generated,
            "is_handed_over": reply.is_handed_over,
        },
        ensure_ascii=False,
    )


def reply_from_json(text: str) -> Reply:
    """As :func:`reply_to_json` wrote it."""
    read: dict[str, Any] = json.loads(text)
    sentences = tuple(Sentence(text=t, source_ids=tuple(ids)) for t, ids in read["sentences"])
    return Reply(
        language=read["language"],
        sentences=sentences,
        product_ids=tuple(read["product_ids"]),
        order_ids=tuple(read["order_ids"]),
        order_facts=read.get("order_facts", {}),
        options=tuple(read["options"]),
        is_generated=read["is_generated"],
        is_handed_over=read["is_handed_over"],
    )


def plan_to_json(plan: ActionPlan) -> str:
    """A plan as it is: what is agreed to must be carried out as it was asked for."""
    fields = {name: getattr(plan, name) for name in ActionPlan.__slots__}
    fields |= {"arguments": dict(plan.arguments), "summary": dict(plan.summary)}
    return json.dumps(fields, ensure_ascii=False, default=list)


def plan_from_json(text: str) -> ActionPlan:
    """As :func:`plan_to_json` wrote it."""
    read: dict[str, Any] = json.loads(text)
    read["state"] = ActionState(read["state"])
    for name in ("source_ids", "options"):
        read[name] = tuple(read[name])
    return ActionPlan(**read)


def steps_to_json(steps: Sequence[TurnStep]) -> str:
    """The trace of a turn."""
    made = [{name: getattr(step, name) for name in TurnStep.__slots__} for step in steps]
    return json.dumps(made, ensure_ascii=False)
