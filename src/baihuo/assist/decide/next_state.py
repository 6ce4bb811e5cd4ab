"""What a conversation remembers after a turn."""

from __future__ import annotations

from dataclasses import replace

from baihuo.assist.turns import (
    ActionState,
    Conversation,
    Decision,
    DecisionKind,
    Reply,
    Turn,
    Understanding,
)

_WAITS = (ActionState.NEEDS_YES, ActionState.LACKS)  # for a yes, or for what it lacks
OFFERED = "question"
"""In what was mentioned: the one question of ours that was offered, so that a yes means it."""
_WHICH = "which_question"
_FAILED = ("unsure", "failure")  # reasons of a turn that found no answer


def state_after(
    turn: Turn, understanding: Understanding, decision: Decision, reply: Reply
) -> Conversation:
    """The conversation with what the next turn needs. Its messages stay those that were read."""
    before = turn.conversation
    waits = decision.plan is not None and decision.plan.state in _WAITS
    is_failure = decision.reason in _FAILED or _asked_before(before, decision)
    mentioned = dict(before.mentioned)
    order_id = understanding.order_id or (reply.order_ids[0] if reply.order_ids else None)
    product_id = understanding.product_id or _only(reply.product_ids)
    mentioned |= {"order_id": order_id} if order_id else {}
    mentioned |= {"product_id": product_id} if product_id else {}
    mentioned.pop(OFFERED, None)
    if decision.ask == _WHICH and len(decision.options) == 1:
        mentioned[OFFERED] = decision.options[0]
    return replace(
        before,
        pending=decision.plan if waits and decision.kind is not DecisionKind.HAND_OVER else None,
        asked=decision.ask,
        n_failures=before.n_failures + 1 if is_failure else 0,
        is_handed_over=before.is_handed_over or reply.is_handed_over,
        mentioned=mentioned,
    )


def _asked_before(before: Conversation, decision: Decision) -> bool:
    """Whether the same is asked for once more: the message said nothing of it."""
    plan, pending = decision.plan, before.pending
    if decision.kind is not DecisionKind.ASK_BACK:
        return False  # it asked something else, and that was answered
    if plan is None or pending is None or plan.state is not ActionState.LACKS:
        return False
    return (plan.tool, plan.lacks, pending.state) == (pending.tool, pending.lacks, plan.state)


def _only(product_ids: tuple[str, ...]) -> str | None:
    """What "it" may mean: the one product that was shown, or the first of several."""
    return product_ids[0] if product_ids else None
