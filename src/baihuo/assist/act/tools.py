"""The tools of customer service: what an intent would do, whether it may, and doing it after a yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from pydantic import ValidationError

from baihuo.assist.act.fill import Filling
from baihuo.assist.act.own_orders import own_situation
from baihuo.assist.act.passages import order_passages
from baihuo.assist.act.refusals import refused
from baihuo.assist.act.summaries import Summaries
from baihuo.assist.orders.interface import Orders, OrdersUnavailable, Situation
from baihuo.assist.orders.situations import situation_of
from baihuo.assist.orders.writes import Write, key_of, order_id_of, write_from
from baihuo.assist.policy.policy import Policy
from baihuo.assist.turns import (
    ActionPlan,
    ActionState,
    Identity,
    Language,
    Passage,
    Turn,
    Understanding,
)
from baihuo.core import CannotWrite, Conflict, NotFound, now_us

_FAILED: Mapping[Language, str] = {
    "en": "The order system did not answer, so I cannot say that this was done. A person will look at it.",
    "zh": "订单系统没有响应，无法确认是否已办理。我们会请人工客服核实。",
}


class Audit(Protocol):
    """Where writes are recorded: :class:`baihuo.access.AuditLog` is one."""

    def append(
        self,
        action: str,
        *,
        actor: str,
        at_us: int,
        subject: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> object:
        """Append an entry; it is on disk when this returns."""


class _Stopped(Exception):
    """A write that is refused, or that is not what was agreed to, seen inside its transaction."""

    def __init__(self, plan: ActionPlan) -> None:
        super().__init__(plan.rule or plan.state)
        self.plan = plan


class Tools:
    """Plans writes and carries them out. Nothing is told or done without an identified shopper, and only for their own orders."""

    def __init__(
        self,
        orders: Orders,
        policy: Policy,
        audit: Audit,
        *,
        clock: Callable[[], int] = now_us,
    ) -> None:
        """
        Args:
            audit: Gets an entry before each write; a write that cannot be recorded is not done.
            clock: Our clock, in microseconds.
        """
        self.orders, self.policy = orders, policy
        self._audit, self._clock = audit, clock
        self._summaries = Summaries(policy.settings.payments)

    def plan(self, turn: Turn, understanding: Understanding) -> ActionPlan | None:
        """The write that a turn asks for, or goes on with.

        Returns:
            None: the turn asks for no write. Else a plan that LACKS something (``lacks`` and ``options``), is REFUSED by
            ``rule``, NEEDS_YES to its ``summary``, or FAILED where the shop's own system does not answer.
        """
        filling = Filling(self.orders, self.policy, turn, understanding)
        try:
            found = filling.result()
            if found is None or isinstance(found, ActionPlan):
                return found
            return self.plan_write(found, turn.identity, turn.now_us)
        except OrdersUnavailable:
            return ActionPlan(
                tool=filling.tool, arguments={}, state=ActionState.FAILED, summary=_FAILED
            )

    def plan_write(self, write: Write, identity: Identity, at_us: int) -> ActionPlan:
        """A plan of a write whose arguments are all known: REFUSED, or NEEDS_YES.

        Raises:
            OrdersUnavailable: the shop's own system did not answer.
        """
        situation = self.situation(write, identity)
        return self._judged(write, situation, identity, at_us)

    def carry_out(self, plan: ActionPlan, identity: Identity) -> ActionPlan:
        """Do what was agreed to. Everything is checked again with the state that is written to.

        Returns:
            DONE, also where the same plan was carried out before (nothing is done twice); REFUSED, where the policy refuses
            it now; NEEDS_YES with a new summary, where the order or a price has changed since; FAILED, where the shop's own
            system did not answer. Nothing is written but for DONE, and perhaps for FAILED.
        """
        if plan.state != ActionState.NEEDS_YES:
            return plan
        at_us = self._clock()
        try:
            write = write_from(plan.tool, plan.arguments)
        except (KeyError, ValidationError):
            return ActionPlan(
                tool=plan.tool,
                arguments={},
                state=ActionState.FAILED,
                key=plan.key,
                summary=_FAILED,
            )
        seen: list[Situation] = []

        def check(situation: Situation) -> None:
            own = own_situation(situation, identity)
            now = self._judged(write, own, identity, at_us)
            if now.state != ActionState.NEEDS_YES or now.key != plan.key:
                raise _Stopped(now)
            self._record("order." + plan.tool, plan, write, identity, at_us)
            seen.append(own)

        try:
            if identity.shopper_id is None:
                return self._judged(write, self.situation(write, identity), identity, at_us)
            self.orders.write(
                write, shopper_id=identity.shopper_id, key=plan.key, at_us=at_us, check=check
            )
        except _Stopped as stopped:
            return stopped.plan
        except Conflict:  # the key of somebody else's write, or of another: nothing of it is told
            return self._judged(write, self.situation(write, identity), identity, at_us)
        except (OrdersUnavailable, CannotWrite, NotFound) as error:
            if seen:
                self._record_failure(plan, write, identity, at_us, error)
            return ActionPlan(
                tool=plan.tool,
                arguments=plan.arguments,
                state=ActionState.FAILED,
                key=plan.key,
                summary=_FAILED,
                source_ids=plan.source_ids,
            )
        # A repeat was checked when it was done; its summary is the one that was agreed to.
        summary = self._summaries.done(write, seen[0]) if seen else plan.summary
        return ActionPlan(
            tool=plan.tool,
            arguments=plan.arguments,
            state=ActionState.DONE,
            key=plan.key,
            summary=summary,
            source_ids=plan.source_ids,
        )

    def passages(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        """Facts of the identified shopper's own orders that a turn asks for, the order that is meant first; of nobody else's."""
        return order_passages(self.orders, self.policy, turn, understanding)

    def situation(self, write: Write, identity: Identity) -> Situation:
        """What a write is judged by, as it is now."""
        if identity.shopper_id is None:
            return Situation(shopper=None, order=None)
        return own_situation(situation_of(self.orders, write, identity.shopper_id), identity)

    def _judged(
        self, write: Write, situation: Situation, identity: Identity, at_us: int
    ) -> ActionPlan:
        ruling = self.policy.judge(write, situation, at_us, proof=identity.proof)
        arguments = write.model_dump(mode="json")
        if not ruling.is_allowed:
            return refused(write.tool, arguments, ruling)
        assert situation.shopper is not None
        summary = self._summaries.of(write, situation)
        version = situation.order.version if situation.order else situation.shopper.version
        # The summary has all amounts: a price that has changed since makes another key.
        key = key_of(write, situation.shopper.shopper_id, version, agreed=summary["en"])
        order_id = order_id_of(write)
        return ActionPlan(
            tool=write.tool,
            arguments=arguments,
            state=ActionState.NEEDS_YES,
            key=key,
            summary=summary,
            source_ids=(f"order:{order_id}",) if order_id else ("shopper:profile",),
        )

    def _record(
        self,
        action: str,
        plan: ActionPlan,
        write: Write,
        identity: Identity,
        at_us: int,
        **more: str,
    ) -> None:
        """An entry without personal data: the log is never changed, and a shopper may ask to be forgotten."""
        self._audit.append(
            action,
            actor="assist",
            at_us=at_us,
            subject=order_id_of(write) or "profile",
            detail={"key": plan.key, "proof": identity.proof, **more},
        )

    def _record_failure(
        self, plan: ActionPlan, write: Write, identity: Identity, at_us: int, error: Exception
    ) -> None:
        why = type(error).__name__
        with suppress(CannotWrite):  # the entry before the write stands
            self._record("order." + plan.tool + ".failed", plan, write, identity, at_us, why=why)
