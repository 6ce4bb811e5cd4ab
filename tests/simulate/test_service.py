"""The service desk of the sample shop: files that fit each other, and a truth that fits the files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from baihuo.core import BadInput, has_han
from baihuo.simulate import UNTIL_US, SampleShop, write_service
from baihuo.simulate.service.word_lists import CATEGORIES, entries


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def labelled_rows(shop: SampleShop) -> list[dict[str, str]]:
    with (shop.service / "utterances.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_the_faq_has_the_same_entries_in_both_languages(shop: SampleShop) -> None:
    pages = {la: (shop.service / f"faq.{la}.md").read_text(encoding="utf-8") for la in ("en", "zh")}
    questions = {
        la: [x for x in page.splitlines() if x.startswith("### ")] for la, page in pages.items()
    }
    assert len(questions["en"]) == len(questions["zh"]) == len(entries())
    assert len(set(questions["en"])) == len(questions["en"]) >= 60
    for entry in entries():
        assert entry.answer["en"] in pages["en"]
        assert entry.answer["zh"] in pages["zh"]
        assert entry.intent in CATEGORIES
        assert not has_han(entry.answer["en"])
        assert has_han(entry.answer["zh"])


def test_orders_are_the_purchases_of_the_log(shop: SampleShop) -> None:
    orders, users = read(shop.service / "orders.json"), read(shop.service / "users.json")
    bought: dict[str, set[str]] = {}
    for line in shop.events.read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event_type") == "purchase":
            bought.setdefault(str(event.get("order_id")), set()).add(event["product_id"])
    assert len(orders) > 100
    for order_id, order in orders.items():
        assert {item["product_id"] for item in order["items"]} <= bought[order_id]
        assert order_id in users[order["user_id"]]["orders"]
        assert (
            order["payment_history"][0]["payment_method_id"]
            in users[order["user_id"]]["payment_methods"]
        )
    assert len({user["email"] for user in users.values()}) == len(users)
    assert max(order["ordered_at"] for order in orders.values()) < "2026-11-02"
    states = Counter(order["status"] for order in orders.values())
    assert states["pending"]
    assert states["processed"]
    assert states["delivered"] > sum(states.values()) / 2


def test_the_truth_names_what_each_message_meant(shop: SampleShop) -> None:
    said = {
        message["message_id"]: (message["text"], one)
        for one in lines(shop.service / "conversations.jsonl")
        for message in one["messages"]
    }
    truth = lines(shop.truth / "service.jsonl")
    orders, products = read(shop.service / "orders.json"), read(shop.service / "products.json")
    for line in truth:
        text, conversation = said[line["message_id"]]
        assert text == line["text"]
        assert all(text[e["start"] : e["end"]] == e["value"] for e in line["entities"])
        assert not line["order_id"] or line["order_id"] in orders
        assert not line["product_id"] or line["product_id"] in products
        if conversation["shopper_id"] and line["order_id"]:
            assert orders[line["order_id"]]["user_id"] == conversation["shopper_id"]
    kinds = Counter(line["kind"] for line in truth)
    assert kinds.keys() == {"faq", "order", "product", "person", "angry", "off_topic", "thanks"}
    assert 0.02 < 1 - sum(line["is_answered_right"] for line in truth) / len(truth) < 0.2
    assert any(line["refers_back"] for line in truth)


def test_new_wordings_are_met_in_the_last_week_alone(shop: SampleShop) -> None:
    entry = entries()[0]
    newest = entry.asks["en"][-1]
    truth = lines(shop.truth / "service.jsonl")
    labelled = labelled_rows(shop)
    early = [line["text"] for line in truth if not line["is_last_week"]]
    assert not any(newest in text for text in [*early, *(row["utterance"] for row in labelled)])


def test_labelled_utterances_hold_their_entities(shop: SampleShop) -> None:
    rows = labelled_rows(shop)
    assert 2_000 <= len(rows) < 3_000
    for row in rows:
        assert CATEGORIES[row["intent"]] == row["category"]
        if row["entity_type"]:
            start, end = int(row["start_offset"]), int(row["end_offset"])
            assert row["utterance"][start:end] == row["entity_value"]
    intents = Counter(row["intent"] for row in rows)
    assert set(intents) == set(CATEGORIES) - {"out_of_scope"}
    assert min(intents.values()) >= 10


def test_a_seed_is_a_month_and_reporting_is_another(shop: SampleShop, tmp_path: Path) -> None:
    def made(name: str, **more: Any) -> bytes:
        out = tmp_path / name
        write_service(
            shop.folder, until_us=UNTIL_US, n_conversations=40, n_utterances=40, out=out, **more
        )
        return b"".join(path.read_bytes() for path in sorted(out.iterdir()))

    assert made("a") == made("b")
    assert len({made("a"), made("c", seed=8), made("d", purpose="reporting")}) == 3


def test_a_month_without_conversations_is_refused(shop: SampleShop) -> None:
    with pytest.raises(BadInput, match="at least one"):
        write_service(shop.folder, until_us=UNTIL_US, n_conversations=0)
