"""A shop of 20 products and 12 visitors, imported, checked and with a feature state: made in a second, without training."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.quality.chosen import few_checks

from baihuo import flow
from baihuo.assist import (
    AssistParts,
    Conversation,
    ConversationStore,
    FeedbackKind,
    Identity,
    Service,
)
from baihuo.core import Event, EventType
from baihuo.events import EventLog, Judgement, JudgementLog
from baihuo.settings import Shop

DAY_US = 86_400_000_000
NOW_US = time.time_ns() // 1_000
LEAVES, STAYS = "visitor-leaves", "visitor-stays"
TEXT, REVIEW = "Zoltan Quxby wants a lamp", "Zoltan Quxby never got it"
SECRETS = (
    LEAVES,
    TEXT,
    REVIEW,
    "order-visitor-leaves-3",
    "query-visitor-leaves-2",
    "live-visitor-leaves-1",
)
"""What is looked for in files: the id, free texts, ids of an order, a query and an event."""


def made(folder: Path, *, settings: dict[str, Any] | None = None) -> Shop:
    """The shop, with events that wait in the live log and events in a sealed segment of it."""
    shop = Shop(folder)
    shop.root.mkdir(parents=True, exist_ok=True)
    few_checks(shop.rules_file, "no_visitor", "duplicates", "unknown_product")
    shop.settings_file.write_text(json.dumps({"engine": {"threads": 1}, **(settings or {})}))
    rows = folder.parent / "rows"
    rows.mkdir(exist_ok=True)
    _write(rows / "products.jsonl", [_product(i) for i in range(20)])
    _write(rows / "events.jsonl", [e for v in _visitors() for e in _imported(v)])
    flow.import_files(shop, [rows / "products.jsonl", rows / "events.jsonl"])
    append(shop, [e for v in _visitors() for e in live(v, range(3))])
    judgements = JudgementLog(shop.judgements)
    judgements.append([Judgement("lamp", "p1", rater, 2, NOW_US) for rater in (LEAVES, "ann")])
    judgements.append([Judgement(TEXT, "p2", "ann", 1, NOW_US - 9 * DAY_US)])
    judgements.close()
    talked(shop)
    flow.check(shop)
    flow.make_orders_from_events(shop)
    flow.make_state(shop)
    append(shop, [e for v in _visitors() for e in live(v, range(3, 5))])
    return shop


def talked(shop: Shop) -> None:
    """A conversation of each of two visitors; the one of who leaves was 400 days ago."""
    store = ConversationStore(shop.conversations_file)
    for visitor, text, days_ago in ((LEAVES, TEXT, 400), (STAYS, "lamp", 1)):
        at_us, conversation_id = NOW_US - days_ago * DAY_US, f"conversation of {visitor}"
        conversation = Conversation(
            conversation_id=conversation_id, identity=Identity(visitor_id=visitor)
        )
        service = Service(store, AssistParts, clock=lambda at_us=at_us: at_us)  # type: ignore[misc]
        service.start(conversation)
        service.say(conversation_id, "m1", text)
        store.add_feedback(conversation_id, FeedbackKind.THUMBS_UP, at_us=at_us, message_id="m1")
    store.close()


def append(shop: Shop, events: list[Event]) -> int:
    log = EventLog(shop.log)
    try:
        return log.append(events).n_new
    finally:
        log.close()


def live(visitor: str, numbers: range) -> list[Event]:
    return [
        Event(
            event_id=f"live-{visitor}-{i}",
            event_type=EventType.CLICK,
            visitor_id=visitor,
            occurred_at_us=NOW_US - 3_600_000_000 + i,
            received_at_us=NOW_US - 3_600_000_000 + i,
            query_id=f"live-query-{visitor}-{i}",
            query_text=TEXT if visitor == LEAVES else "lamp",
            product_id=f"p{i}",
        )
        for i in numbers
    ]


def _visitors() -> list[str]:
    return [LEAVES, STAYS, *(f"visitor-{i}" for i in range(10))]


def _imported(visitor: str) -> list[dict[str, Any]]:
    at_us = NOW_US - 20 * DAY_US
    rows = []
    for i in range(20):
        rows.append(
            {
                "event_id": f"old-{visitor}-{i}",
                "event_type": ("click", "add_to_cart", "purchase", "review")[i % 4],
                "visitor_id": visitor,
                "occurred_at_us": at_us + i * DAY_US // 2,
                "received_at_us": at_us + i * DAY_US // 2,
                "product_id": f"p{i}",
                "session_id": f"session-{visitor}-{i // 5}",
                "query_id": f"query-{visitor}-{i}",
                "query_text": TEXT if visitor == LEAVES and i % 2 else "lamp",
            }
        )
        if i % 4 == 2:
            rows[-1] |= {"price_minor": 1000, "currency": "EUR", "quantity": 1}
        if i % 4 == 3:
            rows[-1] |= {"rating": 4, "text": REVIEW if visitor == LEAVES else "fine"}
            rows[-1] |= {"order_id": f"order-{visitor}-{i}"}
    rows.append(rows[0] | {"event_type": "gaze"})  # refused
    return [*rows, rows[1] | {"event_id": f"again-{visitor}"}]  # a copy


def _product(i: int) -> dict[str, Any]:
    title = f"{('lamp', 'kettle')[i % 2]} number {i}"
    return {
        "product_id": f"p{i}",
        "title": title,
        "category": "Home",
        "price_minor": 900 + i,
        "currency": "EUR",
    }


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
