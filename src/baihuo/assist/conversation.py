"""One turn of a conversation, read from top to bottom: :data:`STAGES`.

understand → identify → retrieve → orders → decide → act → compose → rephrase → check → record. Each stage returns one value of ``turns.py``,
is timed, and is traced. A stage that raises, or that takes longer than what is left of the turn, fails to something safe: the
shopper always reads a useful sentence. What a stage may do is in its own folder; this file only puts them together.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from baihuo.assist.act.intents import tool_of
from baihuo.assist.compose import apology, compose
from baihuo.assist.decide import (
    DEFAULT_THRESHOLDS,
    IDENTITY,
    OFFERED,
    PROVEN,
    Thresholds,
    asks_nothing,
    decide,
    meant_of_orders,
    plain_understanding,
)
from baihuo.assist.planted import quotable
from baihuo.assist.policy.model import BY_VISITOR
from baihuo.assist.policy.topics import topic_of
from baihuo.assist.stage_clock import StageClock, TooSlow
from baihuo.assist.turns import (
    ActionPlan,
    ActionState,
    Conversation,
    Decision,
    DecisionKind,
    Identity,
    Passage,
    PassageKind,
    Reply,
    Turn,
    TurnStep,
    Understanding,
)

_LOG = logging.getLogger(__name__)
_FAILURE = Decision(kind=DecisionKind.HAND_OVER, reason="failure")
_NO_REPLY = Reply(language="en", sentences=())


class Understands(Protocol):
    """Says what a message means."""

    def understand(self, turn: Turn) -> Understanding: ...


class Finds(Protocol):
    """Finds what an answer may rest on, best first."""

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]: ...


class Acts(Protocol):
    """Plans a change of an order, and carries it out. The policy decides in it."""

    def plan(self, turn: Turn, understanding: Understanding) -> ActionPlan | None: ...

    def carry_out(self, plan: ActionPlan, identity: Identity) -> ActionPlan: ...

    def passages(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]: ...


class Identifies(Protocol):
    """Says who writes: by what is known when a conversation begins, or proven in it."""

    def of_visitor(self, visitor_id: str) -> Identity: ...

    def of_server(self, visitor_id: str, shopper_id: str) -> Identity: ...

    def of_message(
        self, text: str, identity: Identity, *, address: str, was_asked: bool, at_us: int
    ) -> tuple[Identity, str]: ...


class Rephrases(Protocol):
    """Says the same in better words. What it returns is checked."""

    def rephrase(self, turn: Turn, reply: Reply, passages: tuple[Passage, ...]) -> Reply: ...


class Checks(Protocol):
    """Why a rephrased reply may not be sent; empty where it may."""

    def problems(
        self, turn: Turn, rephrased: Reply, extractive: Reply, passages: tuple[Passage, ...]
    ) -> tuple[str, ...]: ...


class Records(Protocol):
    """Keeps what was said and decided."""

    def record(self, taken: TakenTurn) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistParts:
    """What a turn is made with. Each part may be missing: a shop without anything learned, orders or a generative model still answers."""

    understander: Understands | None = None
    retriever: Finds | None = None
    identifier: Identifies | None = None
    tools: Acts | None = None
    rephraser: Rephrases | None = None
    checker: Checks | None = None
    recorder: Records | None = None
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    has_desk: bool = True
    contact: dict[str, str] = field(default_factory=dict)  # by language
    reply_s: float = 1.8
    admits: Callable[[Turn], bool] = lambda turn: True  # to the queue of the desk
    is_opening: bool = False  # of a server that has just started: its knowledge is not open yet
    clock: StageClock = field(default_factory=StageClock)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenTurn:
    """A turn with all that its stages found."""

    turn: Turn
    understanding: Understanding
    passages: tuple[Passage, ...]
    decision: Decision
    reply: Reply
    steps: tuple[TurnStep, ...]


@dataclass(slots=True)
class _Making:
    """A turn while it is made: what the stages so far returned."""

    turn: Turn
    parts: AssistParts
    understanding: Understanding
    ends_at: float
    passages: tuple[Passage, ...] = ()
    plan: ActionPlan | None = None
    asked: Turn | None = None  # what a yes to an offered question stands for
    proof: str = ""  # what the message proved of who writes; see :func:`decide`
    decision: Decision = _FAILURE
    reply: Reply = _NO_REPLY
    rephrased: Reply | None = None
    steps: list[TurnStep] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """Whether a stage before the decision failed, so that "nothing found" is no evidence."""
        return any(step.failure for step in self.steps)

    def taken(self) -> TakenTurn:
        return TakenTurn(
            turn=self.turn,
            understanding=self.understanding,
            passages=self.passages,
            decision=self.decision,
            reply=self.reply,
            steps=tuple(self.steps),
        )


def _understand(making: _Making) -> str:
    if making.parts.understander is not None:
        making.understanding = making.parts.understander.understand(making.turn)
    _read_offered(making)
    text = (making.asked or making.turn).text
    intent, p_intent = meant_of_orders(text, making.understanding)
    making.understanding = replace(making.understanding, intent=intent, p_intent=p_intent)
    return making.understanding.intent


def _read_offered(making: _Making) -> None:
    """A yes to the one question that was offered asks that question."""
    turn, understander = making.turn, making.parts.understander
    offered = turn.conversation.mentioned.get(OFFERED)
    if not offered or making.understanding.answers_yes is not True or turn.conversation.pending:
        return
    making.asked = replace(turn, text=offered)
    if understander is None:
        making.understanding = plain_understanding(making.asked)
    else:
        making.understanding = understander.understand(making.asked)


def _retrieve(making: _Making) -> str:
    """What an answer may rest on. A text that gives commands instead of information is left out.

    Nothing is looked for where thanks and the like are all that was said: no passage would be read.
    """
    if making.parts.retriever is None or asks_nothing(making.turn):
        return "0 passages"
    found = making.parts.retriever.find(making.asked or making.turn, making.understanding)
    making.passages = quotable(found)
    n_planted = len(found) - len(making.passages)
    return f"{len(making.passages)} passages" + (f", {n_planted} planted" if n_planted else "")


def _identify(making: _Making) -> str:
    """Who somebody is may be proven in the conversation; the rest of the turn, and later ones, go by it."""
    identifier, turn = making.parts.identifier, making.turn
    if identifier is None:
        return ""
    identity = turn.identity
    is_browser = identity.proof == BY_VISITOR and identity.shopper_id is None
    if is_browser and tool_of(making.understanding.intent):
        identity = identifier.of_visitor(identity.visitor_id)  # who may have ordered since
    identity, outcome = identifier.of_message(
        turn.text,
        identity,
        address=turn.client_address,
        was_asked=turn.conversation.asked == IDENTITY,
        at_us=turn.now_us,
    )
    making.proof = str(outcome)
    if identity != turn.identity:
        making.turn = replace(turn, conversation=replace(turn.conversation, identity=identity))
    return making.proof


def _orders(making: _Making) -> str:
    """The change of an order that is meant, and the shopper's own orders where they are asked for."""
    tools, understanding = making.parts.tools, making.understanding
    if tools is None or _asks_of_policy(making):
        return ""
    making.plan = tools.plan(making.turn, understanding)
    pending = making.turn.conversation.pending
    if making.plan is None and making.proof == PROVEN and pending is not None:
        # who they are was asked before they could be told; the message itself asks for nothing
        order_id = understanding.order_id or pending.arguments.get("order_id")
        understanding = replace(understanding, intent=pending.tool, order_id=order_id)
    own = tools.passages(making.turn, understanding)
    making.passages = (*own, *making.passages)
    return (
        f"{len(own)} passages"
        if making.plan is None
        else f"{making.plan.tool}: {making.plan.state}"
    )


def _asks_of_policy(making: _Making) -> bool:
    """Whether a rule is asked for, and not to be carried out: "how long can I return it?" returns nothing."""
    names_order = any(e.kind == "order_id" for e in making.understanding.entities)
    is_found = any(p.kind is PassageKind.POLICY for p in making.passages)
    return is_found and not names_order and topic_of(making.turn.text) is not None


def _decide(making: _Making) -> str:
    making.decision = decide(
        making.asked or making.turn,
        making.understanding,
        making.passages,
        making.plan,
        making.parts.thresholds,
        proof=making.proof,
        has_failed=making.has_failed,
        is_opening=making.parts.is_opening,
    )
    return f"{making.decision.kind}: {making.decision.reason}"


def _is_agreed(making: _Making) -> bool:
    return making.decision.reason == "agreed"


def _act(making: _Making) -> str:
    """Carry out the plan that the shopper said yes to."""
    plan, tools = making.decision.plan, making.parts.tools
    if plan is None or not _is_agreed(making):
        return ""
    done = replace(plan, state=ActionState.FAILED)
    if tools is not None:
        done = tools.carry_out(plan, making.turn.identity)
    if done.state is ActionState.FAILED:
        _act_failed(making)
    else:
        making.decision = Decision(kind=DecisionKind.ACT, reason=str(done.state), plan=done)
    return str(done.state)


def _act_failed(making: _Making) -> None:
    """Whether it was done is not known: the shopper hears that, and a person looks."""
    plan = making.decision.plan
    if plan is not None and _is_agreed(making):
        failed = replace(plan, state=ActionState.FAILED)
        making.decision = Decision(kind=DecisionKind.HAND_OVER, reason="action_failed", plan=failed)


def _compose(making: _Making) -> str:
    decision, parts = making.decision, making.parts
    joins = decision.kind is DecisionKind.HAND_OVER and parts.has_desk
    is_full = (
        joins and not making.turn.conversation.is_handed_over and not parts.admits(making.turn)
    )
    making.reply = compose(
        making.turn,
        making.understanding,
        decision,
        has_desk=parts.has_desk,
        contact=parts.contact,
        is_full=is_full,
    )
    if is_full:
        making.decision = replace(decision, reason="queue_full")
    return f"{len(making.reply.sentences)} sentences"


def _rephrase(making: _Making) -> str:
    rephraser = making.parts.rephraser
    if rephraser is None or making.decision.kind not in _REPHRASED:
        return ""
    if making.decision.plan is not None:
        return ""  # the summary that a yes agrees to is said in our words alone
    reply = rephraser.rephrase(making.turn, making.reply, making.decision.passages)
    making.rephrased = None if reply == making.reply else reply
    return "" if making.rephrased is None else "rephrased"


def _check(making: _Making) -> str:
    """Words of a generative model are sent only if the check finds nothing; the extractive reply is there in any case.

    Of a reply of several sentences, those in doubt are said in our words, if the whole then holds.
    """
    rephrased, checker = making.rephrased, making.parts.checker
    if rephrased is None or checker is None:
        return ""
    passages = making.decision.passages
    found = checker.problems(making.turn, rephrased, making.reply, passages)
    sent = rephrased if not found else _held_part(making, rephrased, checker)
    if sent is not None:
        making.reply = replace(sent, is_generated=True)
    return ", ".join(found)


def _held_part(making: _Making, rephrased: Reply, checker: Checks) -> Reply | None:
    """``rephrased`` with our own sentence in the place of each that does not hold alone; None: nothing would be left of it, or it does not hold."""
    ours, theirs = making.reply.sentences, rephrased.sentences
    passages = making.decision.passages
    if len(ours) < 2 or [s.source_ids for s in ours] != [s.source_ids for s in theirs]:
        return None
    mixed = tuple(
        own
        if own == other
        or checker.problems(
            making.turn,
            replace(rephrased, sentences=(other,)),
            replace(making.reply, sentences=(own,)),
            passages,
        )
        else other
        for own, other in zip(ours, theirs, strict=True)
    )
    sent = replace(rephrased, sentences=mixed)
    if mixed == ours or checker.problems(making.turn, sent, making.reply, passages):
        return None
    return sent


def _record(making: _Making) -> str:
    if making.parts.recorder is not None:
        making.parts.recorder.record(making.taken())
    return ""


def _apologise(making: _Making) -> None:
    making.decision = _FAILURE
    making.reply = apology(making.understanding.language, has_desk=making.parts.has_desk)


def _nothing(making: _Making) -> None:
    """Go on with what the stage left: its result stays empty, and the decision knows that it failed."""


_REPHRASED = (DecisionKind.ANSWER, DecisionKind.SHOW_PRODUCTS)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, what happens where it fails, and whether it may wait for something outside this process."""

    name: str
    run: Callable[[_Making], str]  # returns a note for the trace
    when_failed: Callable[[_Making], None] = _nothing
    may_wait: bool = False


STAGES = (
    Stage("understand", _understand),
    Stage("identify", _identify, may_wait=True),
    Stage("retrieve", _retrieve, may_wait=True),
    Stage("orders", _orders, may_wait=True),  # the shop's own system
    Stage("decide", _decide, _apologise),
    Stage("act", _act, _act_failed, may_wait=True),
    Stage("compose", _compose, _apologise),
    Stage("rephrase", _rephrase, may_wait=True),  # a generative model
    Stage("check", _check),
    Stage("record", _record),
)
"""A turn, stage by stage."""


def reply_to(turn: Turn, parts: AssistParts) -> Reply:
    """The reply to one message. It never raises: whatever fails, the reply is a useful sentence.

    A turn that may take ``parts.reply_s`` seconds ends by then, except that an orders system or a model that is called late in
    it has 0.1 s at least.
    """
    return take_turn(turn, parts).reply


class NotWanted(Exception):
    """Nobody waits for the reply any more, and nothing was done to an order."""


def take_turn(
    turn: Turn, parts: AssistParts, *, is_wanted: Callable[[], bool] = lambda: True
) -> TakenTurn:
    """As :func:`reply_to`, with what each stage found.

    Args:
        is_wanted: whether somebody still waits for the reply; it is asked before each stage until one acts.

    Raises:
        NotWanted: nobody does.
    """
    making = _Making(
        turn,
        parts,
        plain_understanding(turn),  # in case nothing was learned, or what was learned fails
        ends_at=time.monotonic() + parts.reply_s,
    )
    has_acted = False
    for stage in STAGES:
        has_acted = has_acted or (stage.run is _act and _is_agreed(making))
        if not (has_acted or is_wanted()):
            raise NotWanted
        _run(stage, making)
    return making.taken()


def _run(stage: Stage, making: _Making) -> None:
    started, note, failure = time.perf_counter(), "", ""
    try:
        note = _within(stage, making) if stage.may_wait else stage.run(making)
    except TooSlow as error:
        failure = str(error)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"[:200]
        _LOG.exception("customer service: stage %s failed", stage.name)
    if failure:
        stage.when_failed(making)
    ms = 1000 * (time.perf_counter() - started)
    making.steps.append(TurnStep(stage=stage.name, ms=round(ms, 3), note=note, failure=failure))


def _within(stage: Stage, making: _Making) -> str:
    """Run a stage in a thread, on a copy: one that ends late changes nothing of a reply that was sent."""
    if not _has_part(stage, making.parts) or (stage.name == "act" and not _is_agreed(making)):
        return stage.run(making)  # it has nothing to wait for, and a thread costs 0.1 ms
    copy = replace(making, steps=[*making.steps])
    left_s = max(0.1, making.ends_at - time.monotonic())
    note: str = making.parts.clock.within(left_s, stage.run, copy)
    for name in ("turn", "proof", "passages", "plan", "decision", "rephrased"):
        value: Any = getattr(copy, name)
        setattr(making, name, value)
    return note


def _has_part(stage: Stage, parts: AssistParts) -> bool:
    needed = {
        "retrieve": parts.retriever,
        "rephrase": parts.rephraser,
        "identify": parts.identifier,
    }
    return needed.get(stage.name, parts.tools) is not None


__all__ = [
    "STAGES",
    "Acts",
    "AssistParts",
    "Checks",
    "Conversation",
    "Finds",
    "NotWanted",
    "Records",
    "Rephrases",
    "TakenTurn",
    "Understands",
    "reply_to",
    "take_turn",
]
