"""Says what shoppers said to the machine, turn by turn, and looks whether what it did is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from baihuo.assist.conversation import AssistParts, TakenTurn
from baihuo.assist.evaluation.truth import TrueConversation, TrueTurn
from baihuo.assist.learning.right_answers import says_the_same
from baihuo.assist.talk import Talk
from baihuo.assist.turns import ActionState, DecisionKind, Identity, PassageKind
from baihuo.core import Progress, no_progress


class Outcome(StrEnum):
    """What became of a message."""

    RIGHT = "right"
    WRONG = "wrong"  # something was said or done that does not answer it
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"
    DECLINED = "declined"


SAYS_SOMETHING = (Outcome.RIGHT, Outcome.WRONG)


@dataclass(frozen=True, slots=True, eq=False)
class PlayedTurn:
    """A message, what the machine made of it, and what became of it."""

    conversation: TrueConversation
    truth: TrueTurn
    taken: TakenTurn
    outcome: Outcome


def play_conversations(
    conversations: Sequence[TrueConversation],
    parts: AssistParts,
    *,
    clock: Callable[[], int],
    progress: Progress = no_progress,
) -> list[PlayedTurn]:
    """Every message of the conversations, each in its conversation with the machine. Nobody says yes, so nothing is written."""
    played = []
    for i, one in enumerate(conversations):
        proof = "server_key" if one.shopper_id else ""
        talk = Talk(
            parts,
            Identity(visitor_id=one.visitor_id, shopper_id=one.shopper_id, proof=proof),
            clock=clock,
            language=one.language,
            page_product_id=one.page_product_id,
        )
        for truth in one.turns:
            was_handed_over = talk.conversation.is_handed_over
            taken = talk.say(truth.text)
            if was_handed_over:
                break  # a person goes on
            played.append(PlayedTurn(one, truth, taken, outcome_of(one, truth, taken)))
        progress("talking", i + 1, len(conversations))
    return played


def outcome_of(conversation: TrueConversation, truth: TrueTurn, taken: TakenTurn) -> Outcome:
    """Whether what a turn did is what was wanted."""
    kind = taken.decision.kind
    if truth.kind in ("person", "angry"):
        return Outcome.HANDED_OVER if kind is DecisionKind.HAND_OVER else _plain(kind)
    if kind is DecisionKind.HAND_OVER:
        return Outcome.HANDED_OVER
    if kind is DecisionKind.DECLINE:
        return Outcome.DECLINED
    plan = taken.decision.plan
    if kind is DecisionKind.ASK_BACK and plan is None:
        return Outcome.ASKED_BACK
    if truth.kind == "order":
        return _of_order(conversation, truth, taken)
    if kind is DecisionKind.ASK_BACK or truth.kind == "off_topic":
        return Outcome.ASKED_BACK if kind is DecisionKind.ASK_BACK else Outcome.WRONG
    if truth.kind == "thanks":
        return Outcome.RIGHT if not taken.decision.passages and plan is None else Outcome.WRONG
    if truth.kind == "product":
        return Outcome.RIGHT if _shows_product(truth, taken) else Outcome.WRONG
    best = taken.decision.passages[:1]
    is_right = bool(best) and any(says_the_same(best[0].text, a) for a in truth.right_answers)
    return Outcome.RIGHT if is_right else Outcome.WRONG


def _plain(kind: DecisionKind) -> Outcome:
    """Of somebody who wants a person, or is angry, and gets none."""
    known = {DecisionKind.ASK_BACK: Outcome.ASKED_BACK, DecisionKind.DECLINE: Outcome.DECLINED}
    return known.get(kind, Outcome.WRONG)


def _of_order(conversation: TrueConversation, truth: TrueTurn, taken: TakenTurn) -> Outcome:
    """Right: this order's status, a change of it, why it is refused, or what lacks for it."""
    plan = taken.decision.plan
    if plan is not None:
        named = str(plan.arguments.get("order_id") or "")
        if plan.state is ActionState.LACKS and not named:
            return Outcome.ASKED_BACK
        return Outcome.RIGHT if named in ("", truth.order_id) else Outcome.WRONG
    orders = [p for p in taken.decision.passages if p.kind is PassageKind.ORDER]
    if orders:
        is_right = any(truth.order_id in p.source_id for p in orders)
        return Outcome.RIGHT if is_right else Outcome.WRONG
    if conversation.shopper_id is None and taken.decision.kind is DecisionKind.ASK_BACK:
        return Outcome.ASKED_BACK
    return Outcome.WRONG


def _shows_product(truth: TrueTurn, taken: TakenTurn) -> bool:
    shown = {p.product_id for p in taken.decision.passages if p.product_id}
    if truth.intent == "find_product":
        return bool(shown)
    return truth.product_id in shown
