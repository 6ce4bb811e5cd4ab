"""Says the conversations of an exam to a running shop, and judges each turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from baihuo.assist import SqliteOrders
from baihuo.assist.orders.records import Order
from suites.assist_written.exam import Talk
from suites.assist_written.judging import decision_of, faults, filled, read_text
from suites.assist_written.shoppers import Cast, Stock

_CONVERSATIONS = "/v1/assist/conversations"


class Client(Protocol):
    """Asks over HTTP: an ``httpx.Client`` or a test's one."""

    @property
    def post(self) -> Callable[..., Any]:
        """Send JSON."""


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """What was said, what came back, and what is wrong with it."""

    said: str
    reply: str
    decided: str
    tiles: tuple[str, ...]
    faults: tuple[str, ...]
    wall_s: float


@dataclass(frozen=True, slots=True)
class PlayedTalk:
    """A conversation of the exam, played to its end."""

    talk: Talk
    turns: tuple[PlayedTurn, ...]

    @property
    def is_good(self) -> bool:
        """Whether no turn has a fault."""
        return not any(turn.faults for turn in self.turns)


def play(
    talk: Talk, cast: Cast, *, client: Client, key: str, stock: Stock, orders: SqliteOrders
) -> PlayedTalk:
    """One conversation, turn after turn. A turn that is optional is left out where the reply before it asked for a yes."""
    headers = {"Authorization": f"Bearer {key}"}
    begin: dict[str, str] = {"language": talk.language}
    if talk.is_identified and talk.orders:
        begin["shopper_id"] = cast.shopper_id
    begun = client.post(_CONVERSATIONS, json=begin, headers=headers)
    address = f"{_CONVERSATIONS}/{begun.json()['conversation_id']}/messages"
    turns: list[PlayedTurn] = []
    for number, turn in enumerate(talk.turns):
        if turn.get("optional") and turns and turns[-1].decided == "ask_back:yes":
            continue
        page = turn.get("page")
        sizes = stock.sizes(page) if page else []
        values = {**cast.values, **({"page.size": sizes[-1][1]} if sizes else {})}
        said = filled(turn["say"], values)
        body = {"text": said, "message_id": f"m{number}", "trace": True}
        if page:
            body["page_product_id"] = stock.of(page).product_id
        start = time.perf_counter()
        answer = client.post(address, json=body, headers=headers)
        wall_s = time.perf_counter() - start
        turns.append(_judged(talk, turn, said, answer, values, cast, (stock, orders), wall_s))
    return PlayedTalk(talk, tuple(turns))


def _judged(
    talk: Talk,
    turn: Mapping[str, Any],
    said: str,
    answer: Any,
    values: Mapping[str, str],
    cast: Cast,
    shop: tuple[Stock, SqliteOrders],
    wall_s: float,
) -> PlayedTurn:
    stock, orders = shop
    if answer.status_code != 200:
        return PlayedTurn(said, answer.text, "", (), (f"status {answer.status_code}",), wall_s)
    reply = answer.json()
    found = [
        *faults(turn, reply, values, language=talk.language, stock=stock, wall_s=wall_s),
        *_state(turn, cast, orders),
    ]
    notes = [s["note"] for s in reply["trace"] if s["stage"] == "decide"]
    is_yes = any("needs_yes" in note for note in notes)
    decided = "ask_back:yes" if is_yes else decision_of(reply)
    tiles = tuple(p["product_id"] for p in reply["products"])
    return PlayedTurn(
        said, f"[{' '.join(notes)}] {read_text(reply)}", decided, tiles, tuple(found), wall_s
    )


def _state(turn: Mapping[str, Any], cast: Cast, orders: SqliteOrders) -> Iterator[str]:
    """What is not so of orders afterwards."""

    def of(name: str) -> Order:
        found = orders.order(cast.order_ids[name])
        assert found is not None, name
        return found

    for name, status in turn.get("after", {}).items():
        if of(name).status != status.replace(" ", "_"):
            yield f"order {name} is {of(name).status}, not {status}"
    for name, part in turn.get("address", {}).items():
        if part not in str(of(name).address):
            yield f"order {name} goes to {of(name).address}"
    for name, kind in turn.get("paid", {}).items():
        if not any(p.payment_method_id.startswith(kind) for p in of(name).payments):
            yield f"order {name} is not paid by {kind}"
