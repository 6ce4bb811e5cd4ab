"""Tools over the small shop of ``world.yaml``, and turns to ask them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.assist.policy.world import files

from baihuo.access import AuditLog
from baihuo.assist import (
    ActionPlan,
    Conversation,
    Identity,
    Policy,
    SqliteOrders,
    Tools,
    Turn,
    Understanding,
)
from baihuo.assist.orders.taubench import read_records

NOW_US = 1_000
NOBODY = Identity(visitor_id="v1")
ADA = Identity(visitor_id="v1", shopper_id="ada_park", proof="server_key")
POLICY = "returns: {window_days: null}\nexchange: {window_days: null, same_variant: false}\ncancel: {reasons: [no longer needed, ordered by mistake]}\n"
BELIEVES = (
    POLICY
    + "telling: {orders: [server_key, email, name_and_zip], writes: [server_key, email, name_and_zip]}\n"
)


@dataclass
class SmallShop:
    """What a conversation needs, and how it goes."""

    tools: Tools
    orders: SqliteOrders
    folder: Path

    def turn(self, text: str, identity: Identity = ADA, pending: ActionPlan | None = None) -> Turn:
        """A turn of a conversation."""
        conversation = Conversation(conversation_id="c", identity=identity, pending=pending)
        return Turn(conversation=conversation, message_id="m", text=text, now_us=NOW_US)

    def plan(
        self,
        text: str,
        intent: str = "",
        identity: Identity = ADA,
        pending: ActionPlan | None = None,
        **understood: object,
    ) -> ActionPlan | None:
        """What the tools make of a message."""
        understanding = replace(
            Understanding(language="en", intent=intent, p_intent=0.95 if intent else 0.0),
            **understood,  # type: ignore[arg-type]
        )
        return self.tools.plan(self.turn(text, identity, pending), understanding)


@contextmanager
def small_shop(folder: Path, policy: str = POLICY) -> Iterator[SmallShop]:
    """The shop in a folder."""
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    orders = SqliteOrders(folder / "orders.sqlite")
    orders.add(read_records(*files()))
    audit = AuditLog(folder / "audit.sqlite")
    tools = Tools(orders, Policy.of(folder / "policy.yaml"), audit, clock=lambda: NOW_US)
    yield SmallShop(tools, orders, folder)
    orders.close()
    audit.close()
