"""Turns under attack: a shop with real orders and policy, an understanding that believes everything, and a model that obeys everybody."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.assist.policy.world import files

import baihuo
from baihuo.access import AuditLog
from baihuo.assist import (
    AssistLlmSettings,
    AssistParts,
    Identity,
    Passage,
    PassageKind,
    Policy,
    Rephraser,
    SqliteOrders,
    TakenTurn,
    Talk,
    Tools,
    Turn,
    Understanding,
    WordsCheck,
)
from baihuo.assist.orders.taubench import read_records
from baihuo.llm import ShortAnswer

POLICY = Path(baihuo.__file__).parents[2] / "docs/example/taubench_policy.yaml"
BEN = Identity(visitor_id="v-ben", shopper_id="ben_ortiz", proof="server_key")
NOBODY = Identity(visitor_id="v-nobody")
OF_ADA = ("1 Elm", "ada.park@example.com", "Springfield", "62701")
RETURNS = Passage(
    source_id="faq:returns",
    kind=PassageKind.FAQ,
    text="You can return most items within 30 days of delivery.",
    language="en",
    as_of_us=0,
    question="How long can I return something?",
    p_right=0.8,
)


class BelievesEverything:
    """Takes every word that looks like one for an intent, every id for an order and every yes for a yes."""

    def understand(self, turn: Turn) -> Understanding:
        text = turn.text.casefold()
        words = {
            "where": "track_order",
            "到哪": "track_order",
            "cancel": "cancel_order",
            "取消": "cancel_order",
            "refund": "get_refund",
            "退款": "get_refund",
            "return": "return_items",
            "退货": "return_items",
        }
        intent = next((name for word, name in words.items() if word in text), "opening_hours")
        order = re.search(r"#[A-C]\d", turn.text)
        return Understanding(
            language="zh" if re.search(r"[\u4e00-\u9fff]", text) else "en",
            intent=intent,
            p_intent=1.0,
            answers_yes=True if re.search(r"\byes\b|确认|是的", text) else None,
            order_id=order.group() if order else None,
            query=turn.text,
        )


@dataclass
class Finds:
    passages: tuple[Passage, ...] = ()

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        return self.passages


@dataclass
class Obeys:
    """A model that says what an attacker wants, and calls tools that were not offered."""

    words: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def ask(self, messages: Sequence[dict[str, str]], **_: Any) -> ShortAnswer:
        self.asked.append(json.dumps(messages))
        n = len(json.loads(messages[-1]["content"])["sentences"])
        said = " ".join((*self.words, messages[0]["content"][:80]))
        sentences = [{"n": i + 1, "text": said} for i in range(n)]
        return ShortAnswer(json.dumps({"sentences": sentences}), n_tokens=10)


class Shop:
    """A shop in a folder: a conversation with it, and what its files hold."""

    def __init__(self, folder: Path, filled: bytes) -> None:
        self.folder = folder
        (folder / "orders.sqlite").write_bytes(filled)
        self.orders = SqliteOrders(folder / "orders.sqlite")
        self.tools = Tools(
            self.orders,
            Policy.of(POLICY),
            AuditLog(folder / "audit.sqlite"),
            clock=lambda: 1_000,
        )

    def talk(
        self,
        identity: Identity,
        passages: tuple[Passage, ...] = (),
        model: Obeys | None = None,
    ) -> Talk:
        parts = AssistParts(
            understander=BelievesEverything(),
            retriever=Finds(passages),
            tools=self.tools,
            rephraser=None if model is None else Rephraser(AssistLlmSettings(), model),
            checker=WordsCheck(),
            reply_s=30,  # no test hangs on the machine
        )
        return Talk(parts, identity, clock=lambda: 1_000)

    def dump(self) -> list[str]:
        with sqlite3.connect(self.folder / "orders.sqlite") as db:
            return list(db.iterdump())


def filled_orders(folder: Path) -> bytes:
    """The bytes of an orders file, to start each case from."""
    orders = SqliteOrders(folder / "orders.sqlite")
    orders.add(read_records(*files()))
    orders.close()
    return (folder / "orders.sqlite").read_bytes()


def failures(taken: TakenTurn) -> list[str]:
    return [f"{s.stage}: {s.failure}" for s in taken.steps if s.failure]
