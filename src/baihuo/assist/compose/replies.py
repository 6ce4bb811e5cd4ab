"""The reply of a decision. Extractive and templated: every sentence that states a fact names its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from baihuo.assist.compose.extract import sentences_of
from baihuo.assist.compose.phrases import has_phrase, phrase, said
from baihuo.assist.turns import (
    ActionPlan,
    ActionState,
    Author,
    Decision,
    DecisionKind,
    Language,
    Passage,
    PassageKind,
    Reply,
    Sentence,
    Turn,
    Understanding,
)

_MOST_PASSAGES = 3
_TOLD = (DecisionKind.ANSWER, DecisionKind.SHOW_PRODUCTS)
_ON_A_CARD = ("status", "items", "total")
_SMALL_TALK = ("thanks", "goodbye", "is_machine", "declined_plan")
_SAID_BEFORE_HAND_OVER = (
    *("angry", "two_failures", "failure", "system_down", "action_failed"),
    *("policy", "too_many_attempts", "not_identified"),
)


def compose(
    turn: Turn,
    understanding: Understanding,
    decision: Decision,
    *,
    has_desk: bool = True,
    contact: Mapping[str, str] | None = None,
    is_full: bool = False,
) -> Reply:
    """The extractive reply.

    Args:
        has_desk: whether people answer at the desk page.
        contact: how else to reach a person, by language.
        is_full: so many conversations of this client wait for a person that this one cannot.
    """
    language = understanding.language
    if decision.kind is DecisionKind.HAND_OVER:
        then = "queue_full" if is_full else "hand_over" if has_desk else "hand_over_no_desk"
        reply = _handed_over(language, decision, then, contact or {})
        return replace(reply, is_handed_over=has_desk and not is_full)
    reply = _reply(turn, language, decision)
    if decision.kind in _TOLD and decision.plan is not None:
        reply = _asks_on(reply, language, decision)
    if turn.conversation.is_handed_over and has_desk:
        waits = said(language, "still_waiting")
        return replace(reply, sentences=(*reply.sentences, waits), is_handed_over=True)
    return reply


def _reply(turn: Turn, language: Language, decision: Decision) -> Reply:
    if decision.kind is DecisionKind.ASK_BACK:
        return _asks(language, decision)
    if decision.kind is DecisionKind.DECLINE:
        return Reply(language=language, sentences=(said(language, "not_our_business"),))
    if decision.kind is DecisionKind.ACT and decision.plan is not None:
        return _acts(language, decision.plan)
    if decision.kind is DecisionKind.SHOW_PRODUCTS:
        return _shows(language, decision.passages)
    if decision.reason == "greeting":
        return _greets(turn, language)
    if decision.reason in _SMALL_TALK:
        return Reply(language=language, sentences=(said(language, decision.reason),))
    return _answers(language, decision.passages)


def greeting(language: Language) -> Reply:
    """What a conversation begins with: it says that a machine answers."""
    sentences = (said(language, "greeting"), said(language, "greeting_help"))
    return Reply(language=language, sentences=sentences)


def apology(language: Language, *, has_desk: bool) -> Reply:
    """The reply where composing itself failed."""
    then = "hand_over" if has_desk else "hand_over_no_desk"
    return Reply(
        language=language,
        sentences=(said(language, "failure"), said(language, then)),
        is_handed_over=has_desk,
    )


def _greets(turn: Turn, language: Language) -> Reply:
    if any(m.author is Author.MACHINE for m in turn.conversation.messages):
        return Reply(language=language, sentences=(said(language, "greeting_again"),))
    return greeting(language)


def _answers(language: Language, passages: tuple[Passage, ...]) -> Reply:
    sentences: list[Sentence] = []
    for passage in passages[:_MOST_PASSAGES]:
        texts = {s.text for s in sentences}
        if passage.language != language and not sentences:
            sentences.append(said(language, "other_language"))
        if passage.kind is PassageKind.PRODUCT:
            sentences += _offer(language, passage)
        sentences += [s for s in sentences_of(passage) if s.text not in texts]
    products = (p.product_id for p in passages if p.product_id)
    return Reply(
        language=language,
        sentences=tuple(sentences),
        product_ids=tuple(dict.fromkeys(products)),
        order_ids=_orders(p.source_id for p in passages if p.kind is PassageKind.ORDER),
        order_facts=_order_facts(passages),
    )


def _asks_on(reply: Reply, language: Language, decision: Decision) -> Reply:
    """An answer, and then what was asked before it once more: a plan with its summary, so that a yes is to that."""
    plan = decision.plan
    if plan is None:
        return reply
    if plan.state is ActionState.NEEDS_YES:
        again = _acts(language, plan)
    else:
        again = _asks_for(language, decision)
    return replace(
        reply,
        sentences=(*reply.sentences, said(language, "back_to"), *again.sentences),
        order_ids=tuple(dict.fromkeys((*reply.order_ids, *again.order_ids))),
        options=again.options,
    )


def _offer(language: Language, passage: Passage) -> list[Sentence]:
    """Price and stock as they are now, where the text itself does not say them."""
    facts = passage.facts
    title, price, stock = (facts.get(name, "") for name in ("title", "price", "stock"))
    if not title or not price or price in passage.text:
        return []
    key = "product_offer_stock" if stock in ("in_stock", "out_of_stock") else "product_offer"
    named = {"title": title, "price": price}
    if key == "product_offer_stock":
        named["stock"] = phrase(language, stock)
    return [Sentence(text=phrase(language, key, **named), source_ids=(passage.source_id,))]


def _shows(language: Language, passages: tuple[Passage, ...]) -> Reply:
    """Tiles, and one line for each of the first: what a screen reader or a terminal reads."""
    sentences = [said(language, "products")]
    if lacking := next((p.lacks for p in passages if p.lacks), ()):
        sentences.append(said(language, "products_lack", words=", ".join(lacking)))
    for passage in passages[:_MOST_PASSAGES]:
        sentences += _offer(language, passage) or sentences_of(passage, 160)[:1]
    products = tuple(dict.fromkeys(p.product_id for p in passages if p.product_id))
    return Reply(language=language, sentences=tuple(sentences), product_ids=products)


def _asks(language: Language, decision: Decision) -> Reply:
    person = phrase(language, "talk_to_person")
    if decision.reason == "lacks":
        return _asks_for(language, decision)
    if decision.reason == "unsure":
        key = "unsure_choose" if decision.options else "unsure"
        return Reply(
            language=language,
            sentences=(said(language, key),),
            options=(*decision.options, person),
        )
    key = decision.reason if has_phrase(decision.reason) else "nothing_said"
    return Reply(language=language, sentences=(said(language, key),), options=decision.options)


def _asks_for(language: Language, decision: Decision) -> Reply:
    """What the tools need: their own question where they have one."""
    plan, key = decision.plan, f"lacks_{decision.ask}"
    options = decision.options
    if plan is not None and plan.summary.get(language):
        sentence = Sentence(text=plan.summary[language], source_ids=plan.source_ids)
        return Reply(language=language, sentences=(sentence,), options=options)
    if has_phrase(key):
        return Reply(language=language, sentences=(said(language, key),), options=options)
    asked = said(language, "lacks", name=decision.ask.replace("_", " "))
    return Reply(language=language, sentences=(asked,), options=options)


def _acts(language: Language, plan: ActionPlan) -> Reply:
    """What a yes agrees to, what was done, or which rule refuses it."""
    summary = plan.summary.get(language) or plan.summary.get("en") or ""
    sentences = [Sentence(text=summary, source_ids=plan.source_ids)] if summary else []
    if plan.state is ActionState.NEEDS_YES:
        yes_or_no = (phrase(language, "yes"), phrase(language, "no"))
        return Reply(
            language=language,
            sentences=(*sentences, said(language, "agree")),
            order_ids=_orders(plan.source_ids),
            options=yes_or_no,
        )
    if not sentences:
        sentences = [said(language, "done" if plan.state is ActionState.DONE else "refused")]
    return Reply(language=language, sentences=tuple(sentences), order_ids=_orders(plan.source_ids))


def _order_facts(passages: Iterable[Passage]) -> dict[str, dict[str, str]]:
    """What a card shows of each order."""
    return {
        p.source_id.partition(":")[2]: {n: p.facts[n] for n in _ON_A_CARD if n in p.facts}
        for p in passages
        if p.kind is PassageKind.ORDER
    }


def _orders(source_ids: object) -> tuple[str, ...]:
    """The order ids among sources, which are named ``order:ID``."""
    ids = source_ids if isinstance(source_ids, tuple) else tuple(source_ids)  # type: ignore[arg-type]
    found = (i.removeprefix("order:").split("#")[0] for i in ids if i.startswith("order:"))
    return tuple(dict.fromkeys(found))


def _handed_over(
    language: Language, decision: Decision, then: str, contact: Mapping[str, str]
) -> Reply:
    reason = decision.reason
    sentences: list[Sentence] = []
    if reason == "with_desk" and then == "hand_over":
        sentences.append(said(language, "with_desk"))
    else:
        if reason in _SAID_BEFORE_HAND_OVER:
            sentences.append(said(language, reason))
        sentences.append(said(language, then))
        reached = contact.get(language) or contact.get("en") or ""
        if reached:
            sentences.append(Sentence(text=reached, source_ids=("setting:assist.contact",)))
    return Reply(language=language, sentences=tuple(sentences))
