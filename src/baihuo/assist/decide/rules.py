"""The decision of a turn: rules from top to bottom, the first that applies counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from baihuo.assist.act.intents import ORDER_STATUS, tool_of
from baihuo.assist.decide.small_talk import small_talk
from baihuo.assist.decide.thresholds import Thresholds
from baihuo.assist.decide.uncalibrated import p_right_of
from baihuo.assist.turns import (
    ActionPlan,
    ActionState,
    Decision,
    DecisionKind,
    Passage,
    PassageKind,
    Turn,
    Understanding,
)

ANGRY = "angry"
_IS_MACHINE = "is_machine"
IDENTITY = "identity"  # what is asked for before orders are spoken of
PROVEN, _NOT_PROVEN, _TOO_MANY, _UNAVAILABLE = "proven", "not_proven", "too_many", "unavailable"
_MOST_FAILURES = 2  # in a row: then a person
_MOST_OPTIONS = 3
_MOST_TILES = 6
_SURE_INTENT = 0.8
_ORDER_ID = "order_id"
_IDENTIFIED = "identified"  # the rule that refuses whoever has no proof
_KNOWN = "known_answer"
_TOLD = (DecisionKind.ANSWER, DecisionKind.SHOW_PRODUCTS)
_WITH_DESK = Decision(kind=DecisionKind.HAND_OVER, reason="with_desk")
_OF_SHOP = (PassageKind.FAQ, PassageKind.POLICY)  # what shoppers once asked may be anything
_FACTS_OF = (PassageKind.PRODUCT, PassageKind.REVIEW)


def decide(
    turn: Turn,
    understanding: Understanding,
    passages: tuple[Passage, ...],
    plan: ActionPlan | None,
    thresholds: Thresholds,
    *,
    proof: str = "",
    has_failed: bool = False,
    is_opening: bool = False,
) -> Decision:
    """What to do.

    Args:
        passages: best first.
        plan: what the tools made of the message; None: no change of an order is meant.
        proof: what the message proved of who writes: "proven", "not_proven", "too_many" attempts, "unavailable"; else nothing.
        has_failed: a stage before failed, so that "nothing found" is no evidence: a person looks.
        is_opening: the server has just started and does not have its knowledge yet.
    """
    decision = (
        _said_nothing(turn)
        or _of_person(turn, understanding)
        or _while_waiting(turn, understanding, passages, plan, thresholds, proof=proof)
        or _of_pending(turn, understanding, plan)
        or _of_proof(turn, plan, proof)
        or _of_plan(turn, understanding, passages, plan, thresholds)
        or _of_small_talk(turn, understanding)
        or _of_passages(turn, understanding, passages, thresholds)
        or _not_open(is_opening)
        or _unsure(turn, understanding, passages, thresholds, has_failed=has_failed)
    )
    return _with_what_waits(turn, decision)


def _said_nothing(turn: Turn) -> Decision | None:
    if any(c.isalnum() for c in turn.text):
        return None
    return Decision(kind=DecisionKind.ASK_BACK, reason="nothing_said", ask="which_question")


def _of_person(turn: Turn, understanding: Understanding) -> Decision | None:
    """A person is meant, or is there already."""
    is_called = understanding.wants_person or understanding.is_angry
    if turn.conversation.is_handed_over and (turn.conversation.is_attended or is_called):
        return _WITH_DESK
    if understanding.wants_person and small_talk(turn.text) != _IS_MACHINE:
        return Decision(kind=DecisionKind.HAND_OVER, reason="asked_for_person")
    if understanding.is_angry:
        return Decision(kind=DecisionKind.HAND_OVER, reason=ANGRY)
    return None


def _while_waiting(
    turn: Turn,
    understanding: Understanding,
    passages: tuple[Passage, ...],
    plan: ActionPlan | None,
    thresholds: Thresholds,
    *,
    proof: str,
) -> Decision | None:
    """Handed over, and nobody has it yet: what is known is said, and orders are told of. All else, and every change, waits for the person."""
    if not turn.conversation.is_handed_over:
        return None
    if plan is not None and plan.tool != ORDER_STATUS:
        return _WITH_DESK
    found = (
        _of_proof(turn, plan, proof)
        or _of_plan(turn, understanding, passages, plan, thresholds)
        or _of_passages(turn, understanding, passages, thresholds)
    )
    is_told = found is not None and (found.kind in _TOLD or found.plan is not None)
    return found if found is not None and is_told else _WITH_DESK


def _with_what_waits(turn: Turn, decision: Decision) -> Decision:
    """An answer in the middle of a plan keeps it: it is asked about again, with its summary, so that a yes is a yes to that."""
    pending = turn.conversation.pending
    if pending is None or decision.reason != _KNOWN or decision.kind not in _TOLD:
        return decision
    return replace(decision, plan=pending, ask=turn.conversation.asked, options=pending.options)


def _of_pending(
    turn: Turn, understanding: Understanding, plan: ActionPlan | None
) -> Decision | None:
    """A yes or a no to what we asked. Anything else but a question that we answer drops the plan: a changed request is never carried
    out by an old yes."""
    pending = turn.conversation.pending
    if pending is None or understanding.answers_yes is None:
        return None
    if pending.state is ActionState.LACKS and _asks_again(pending, plan):
        is_no = understanding.answers_yes is False  # a yes says nothing of what we asked for
        return Decision(kind=DecisionKind.ANSWER, reason="declined_plan") if is_no else None
    if pending.state is not ActionState.NEEDS_YES:
        return None
    if not understanding.answers_yes:
        return Decision(kind=DecisionKind.ANSWER, reason="declined_plan", plan=None)
    is_changed = plan is not None and plan.key != pending.key and bool(plan.key)
    return None if is_changed else Decision(kind=DecisionKind.ACT, reason="agreed", plan=pending)


def _of_proof(turn: Turn, plan: ActionPlan | None, proof: str) -> Decision | None:
    """An answer to the question who somebody is that proves nothing. Why it does not is never said: it would tell who has orders."""
    if proof == _TOO_MANY:
        return Decision(kind=DecisionKind.HAND_OVER, reason="too_many_attempts")
    if turn.conversation.asked != IDENTITY:
        return None
    if proof == _UNAVAILABLE:
        return Decision(kind=DecisionKind.HAND_OVER, reason="system_down", plan=plan)
    if proof == _NOT_PROVEN:
        return Decision(kind=DecisionKind.ASK_BACK, reason="not_proven", plan=plan, ask=IDENTITY)
    return None


def _asks_again(pending: ActionPlan | None, plan: ActionPlan | None) -> bool:
    """Whether a message said nothing of what was asked for."""
    is_asking = plan is not None and plan.state is ActionState.LACKS and pending is not None
    return is_asking and (plan.tool, plan.lacks) == (pending.tool, pending.lacks)  # type: ignore[union-attr]


def _of_plan(
    turn: Turn,
    understanding: Understanding,
    passages: tuple[Passage, ...],
    plan: ActionPlan | None,
    thresholds: Thresholds,
) -> Decision | None:
    if plan is None:
        return None
    if _asks_again(turn.conversation.pending, plan) and plan.lacks != IDENTITY:
        answer = _of_passages(turn, understanding, passages, thresholds)
        if answer is not None and answer.reason == _KNOWN:
            return answer  # another question came in between
        if turn.conversation.n_failures + 1 >= _MOST_FAILURES:
            return Decision(kind=DecisionKind.HAND_OVER, reason="two_failures")
    if plan.state is ActionState.LACKS:
        return Decision(
            kind=DecisionKind.ASK_BACK,
            reason="lacks",
            plan=plan,
            ask=plan.lacks,
            options=plan.options,
        )
    if plan.state is ActionState.FAILED:
        return Decision(kind=DecisionKind.HAND_OVER, reason="system_down", plan=plan)
    if plan.state is ActionState.REFUSED and plan.rule == _IDENTIFIED:
        return Decision(kind=DecisionKind.HAND_OVER, reason="not_identified")
    if plan.state is ActionState.REFUSED and not plan.summary:
        return Decision(kind=DecisionKind.HAND_OVER, reason="policy", plan=plan)
    return Decision(kind=DecisionKind.ACT, reason=str(plan.state), plan=plan)


def asks_nothing(turn: Turn) -> bool:
    """Whether no passage is read to decide on a message: it is small talk, and neither a change nor a person is waited for."""
    conversation = turn.conversation
    is_waited_for = conversation.is_handed_over or conversation.pending is not None
    return not is_waited_for and small_talk(turn.text) is not None


def _of_small_talk(turn: Turn, understanding: Understanding) -> Decision | None:
    kind = small_talk(turn.text)
    if kind is None and understanding.answers_yes is True and turn.conversation.pending is None:
        # a yes to nothing that would be done: nothing is looked for by this word
        return Decision(kind=DecisionKind.ASK_BACK, reason="nothing_said", ask="which_question")
    return None if kind is None else Decision(kind=DecisionKind.ANSWER, reason=kind)


def _of_passages(
    turn: Turn,
    understanding: Understanding,
    passages: tuple[Passage, ...],
    thresholds: Thresholds,
) -> Decision | None:
    """An answer that is surely enough right, products that were described, or a choice between near ones."""
    sure = [(_p_right(turn, understanding, p), p) for p in passages]
    sure.sort(key=lambda pair: -pair[0])  # stable: among equals the order of the retriever
    if _shop_says(turn, understanding, sure, thresholds):
        sure = [pair for pair in sure if pair[1].kind is not PassageKind.ANSWER]
    is_known = any(p >= _answers_from(own, thresholds) for p, own in sure if _is_own(turn, own))
    is_near = any(p >= thresholds.ask_from for p, own in sure if own.kind in _OF_SHOP)
    is_ours = understanding.p_our_business >= thresholds.our_business_from
    if not (is_ours or is_known or is_near):  # what a known question is near to is asked back
        return Decision(kind=DecisionKind.DECLINE, reason="not_our_business")
    if not sure:
        return None
    if of_wishes := _answers_of_wishes(understanding, sure, thresholds):
        return Decision(kind=DecisionKind.ANSWER, reason=_KNOWN, passages=of_wishes)
    p_best, best = sure[0]
    if p_best >= _answers_from(best, thresholds):
        page = turn.conversation.page_product_id
        return _answer((understanding.product_id, page), best, sure, thresholds)
    near = [p for value, p in sure if value >= max(thresholds.ask_from, p_best - thresholds.near)]
    questions = _questions_of_ours(near)
    if len(questions) >= 2 and turn.conversation.asked != "which_question":
        return Decision(
            kind=DecisionKind.ASK_BACK,
            reason="near_candidates",
            passages=tuple(near[:_MOST_OPTIONS]),
            ask="which_question",
            options=questions,
        )
    return None


def _shop_says(
    turn: Turn,
    understanding: Understanding,
    sure: Sequence[tuple[float, Passage]],
    thresholds: Thresholds,
) -> bool:
    """Whether the shop itself says something of it: its FAQ or policy is near, or an order or the product that is spoken of answers.

    What a person once answered was for one shopper at one time: it fills a gap, and never speaks against the shop's own words.
    """
    about = {understanding.product_id, turn.conversation.page_product_id} - {None}
    return any(
        p >= thresholds.faq_near_from
        if own.kind in _OF_SHOP
        else (own.kind is PassageKind.ORDER or own.product_id in about)
        and own.kind is not PassageKind.ANSWER
        and p >= _answers_from(own, thresholds)
        for p, own in sure
    )


def _questions_of_ours(passages: Sequence[Passage]) -> tuple[str, ...]:
    """What to choose from, as the shop puts it: what another shopper once wrote is never shown."""
    asked = (p.question for p in passages if p.question and p.kind is not PassageKind.ANSWER)
    return tuple(dict.fromkeys(asked))[:_MOST_OPTIONS]


def _is_own(turn: Turn, passage: Passage) -> bool:
    """Whether a passage is of what the shopper has before them: their order, or the product of the page. That is our business."""
    page = turn.conversation.page_product_id
    return passage.kind is PassageKind.ORDER or (page is not None and passage.product_id == page)


def _p_right(turn: Turn, understanding: Understanding, passage: Passage) -> float:
    """The shopper's own orders are found only where they are asked for; where their status is, nothing else is surer."""
    if passage.kind is PassageKind.ORDER and passage.p_right is None:
        names_it = any(e.kind == _ORDER_ID for e in understanding.entities)
        if names_it or tool_of(understanding.intent) == ORDER_STATUS:
            return 1.0
        is_other = tool_of(understanding.intent) is None and understanding.p_intent >= _SURE_INTENT
        return 0.5 if is_other else 0.6  # an order was spoken of, and something else is asked
    return p_right_of(turn.text, passage)


def _answers_from(passage: Passage, thresholds: Thresholds) -> float:
    is_learned = passage.p_right is not None
    own = thresholds.own_p_answers_from
    return thresholds.answers_from(passage.language) if is_learned else own


def _answer(
    about: tuple[str | None, str | None],
    best: Passage,
    sure: list[tuple[float, Passage]],
    thresholds: Thresholds,
) -> Decision:
    """An answer where the best passage is no product, or of the one that is meant or of the page; else products to look at."""
    meant, page = about
    is_of_page = best.product_id == page and "#" in best.source_id  # a fact, and no tile
    if best.kind is not PassageKind.PRODUCT or best.product_id == meant or is_of_page:
        also = [p for value, p in sure if value >= _answers_from(p, thresholds)]
        same = [p for p in also if p is not best and _belongs(p, best)]
        return Decision(kind=DecisionKind.ANSWER, reason=_KNOWN, passages=(best, *same))
    tiles = [p for _, p in sure if p.kind is PassageKind.PRODUCT and p is not best]
    tiles = [p for p in tiles if "price" in p.facts or p.product_id != best.product_id]
    return Decision(
        kind=DecisionKind.SHOW_PRODUCTS,
        reason="described_product",
        passages=(best, *tiles)[:_MOST_TILES],
    )


def _answers_of_wishes(
    understanding: Understanding, sure: list[tuple[float, Passage]], thresholds: Thresholds
) -> tuple[Passage, ...]:
    """What answers the wishes of a message one after the other, each passage once; empty where it has one wish, or none is sure."""
    if not understanding.wishes:
        return ()
    known = [p for value, p in sure if value >= _answers_from(p, thresholds)]
    of_each = [
        next((p for p in known if p.wish == number), None)
        for number in range(1, len(understanding.wishes) + 1)
    ]
    whole = [p for p in known if not p.wish]
    if (None in of_each and whole and whole[0].kind is not PassageKind.PRODUCT) or (
        whole and whole[0].kind is PassageKind.ORDER
    ):
        of_each = [whole[0], *of_each]
    texts = {p.text: p for p in of_each if p is not None}
    return tuple(texts.values())


def _belongs(passage: Passage, best: Passage) -> bool:
    """Whether a passage says more of what the best one is about: facts of the same product, other orders of the shopper."""
    if best.kind in _FACTS_OF:
        return passage.kind is PassageKind.PRODUCT and passage.product_id == best.product_id
    return best.kind is PassageKind.ORDER and passage.kind is PassageKind.ORDER


def _not_open(is_opening: bool) -> Decision | None:
    if not is_opening:
        return None
    return Decision(kind=DecisionKind.ASK_BACK, reason="opening", ask="again")


def _unsure(
    turn: Turn,
    understanding: Understanding,
    passages: tuple[Passage, ...],
    thresholds: Thresholds,
    *,
    has_failed: bool,
) -> Decision:
    """Ask once for other words; the second time, or where something of ours failed, a person."""
    if has_failed:
        return Decision(kind=DecisionKind.HAND_OVER, reason="failure")
    if turn.conversation.n_failures + 1 >= _MOST_FAILURES:
        return Decision(kind=DecisionKind.HAND_OVER, reason="two_failures")
    options = _questions_of_ours(
        [p for p in passages if p_right_of(turn.text, p) >= thresholds.ask_from]
    )
    return Decision(
        kind=DecisionKind.ASK_BACK,
        reason="unsure",
        ask="which_question",
        options=options,
    )
