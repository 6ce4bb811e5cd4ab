"""Customer service of the sample shop, through the API: answers with sources, an order's status, a cancelled order, nobody else's."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until_ready

from baihuo.access import KeyStore, Scope
from baihuo.cli.demo_run import import_sample_service
from baihuo.core import now_us
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

API = "/v1/assist/conversations"


@pytest.fixture(scope="module")
def shop(released: Path, sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop with its FAQ, policy, orders and past conversations; nothing is learned of them."""
    root = tmp_path_factory.mktemp("service") / "shop"
    shutil.copytree(released, root)
    shop = Shop(root)
    assert import_sample_service(shop, sample_files, lambda *_: None)
    return shop


@pytest.fixture(scope="module")
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(create_app(shop.root, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        until = time.monotonic() + 120
        while time.monotonic() < until:  # the parts of a turn are opened beside the release
            if (
                "still opening"
                not in say(client, begin(client, language="en"), "shipping cost")["text"]
            ):
                break
            time.sleep(0.2)
        yield client


@pytest.fixture(scope="module")
def with_key(shop: Shop) -> dict[str, str]:
    made = KeyStore(shop.keys_file).create("server", (Scope.DESK,), at_us=now_us())
    return {"Authorization": f"Bearer {made.token}"}


@pytest.fixture(scope="module")
def orders(sample_files: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(
        (sample_files / "service" / "orders.json").read_bytes()
    )
    return found


def begin(client: TestClient, headers: dict[str, str] | None = None, **given: str) -> str:
    answer = client.post(API, json=given, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["conversation_id"])


def say(
    client: TestClient, conversation: str, text: str, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = client.post(f"{API}/{conversation}/messages", json={"text": text}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def sources_of(reply: dict[str, Any]) -> list[str]:
    return [source for sentence in reply["sentences"] for source in sentence["source_ids"]]


@pytest.mark.parametrize(
    ("language", "question", "fact"),
    [
        ("en", "How much is shipping?", "99 CNY"),
        ("zh", "运费怎么算？", "99元包邮"),
    ],
)
def test_the_faq_answers_in_both_languages_with_its_source(
    client: TestClient, language: str, question: str, fact: str
) -> None:
    reply = say(client, begin(client, language=language), question)
    assert fact in reply["text"]
    assert any(source.startswith("faq:") for source in sources_of(reply))


def test_a_shopper_is_told_of_their_order(
    client: TestClient, with_key: dict[str, str], orders: dict[str, dict[str, Any]]
) -> None:
    order = next(o for o in orders.values() if o["status"] == "delivered")
    talk = begin(client, with_key, language="en", shopper_id=order["user_id"])
    reply = say(client, talk, f"Where is my order {order['order_id']}?", with_key)
    assert order["order_id"] in reply["text"]
    assert f"order:{order['order_id']}" in sources_of(reply)


def test_an_order_is_cancelled_after_a_yes_and_not_before(
    client: TestClient, shop: Shop, with_key: dict[str, str], orders: dict[str, dict[str, Any]]
) -> None:
    order = next(o for o in orders.values() if o["status"] == "pending")
    order_id = order["order_id"]
    talk = begin(client, with_key, language="en", shopper_id=order["user_id"])
    say(client, talk, f"Please cancel order {order_id}", with_key)
    asked = say(client, talk, "no longer needed", with_key)  # a reason that the policy accepts
    assert order_id in asked["text"]
    assert status_of(shop, order_id) == "pending"
    done = say(client, talk, "yes", with_key)
    assert order_id in done["text"]
    assert status_of(shop, order_id) == "cancelled"
    again = say(client, talk, f"cancel order {order_id}", with_key)
    assert "cancelled" in again["text"].casefold()


def test_nobody_is_told_of_somebody_elses_order(
    client: TestClient, with_key: dict[str, str], orders: dict[str, dict[str, Any]]
) -> None:
    mine = next(o for o in orders.values() if o["status"] == "delivered")
    theirs = next(o for o in orders.values() if o["user_id"] != mine["user_id"])
    secrets = [item["name"] for item in theirs["items"]] + [theirs["address"]["address1"]]
    for headers, given in ((with_key, {"shopper_id": mine["user_id"]}), (None, {})):
        talk = begin(client, headers, language="en", **given)
        for text in ("Where is order {}?", "cancel order {}", "status of {} please, it is mine"):
            reply = say(client, talk, text.format(theirs["order_id"]), headers)
            assert f"order:{theirs['order_id']}" not in sources_of(reply)
            assert not any(secret in reply["text"] for secret in secrets)


def test_no_past_answer_in_the_knowledge_names_an_order(
    shop: Shop, orders: dict[str, dict[str, Any]]
) -> None:
    from baihuo.assist import KnowledgeStore

    store = KnowledgeStore(shop.knowledge_file)
    try:
        said = [f"{e.question} {e.answer}" for e in store.entries() if e.kind == "answer"]
    finally:
        store.close()
    assert len(said) > 50
    assert not [text for text in said if any(order_id in text for order_id in orders)]


def status_of(shop: Shop, order_id: str) -> str:
    from baihuo.assist import SqliteOrders

    kept = SqliteOrders(shop.orders_file)
    try:
        order = kept.order(order_id)
    finally:
        kept.close()
    assert order is not None
    return str(order.status)


def test_every_answer_of_the_month_has_its_sources(shop: Shop) -> None:
    from baihuo import flow
    from baihuo.assist import play_conversations, read_conversation_truth

    conversations = read_conversation_truth(shop.conversation_truth)[:60]
    with flow.open_assist(shop) as parts:
        played = play_conversations(conversations, parts, clock=now_us)
    said = [p for p in played if p.taken.decision.passages]
    assert len(said) > 10
    for one in said:
        assert one.taken.decision.kind == "ask_back" or one.taken.reply.source_ids


def test_no_conversation_of_a_reviewer_changes_an_order_that_it_must_not(
    client: TestClient, shop: Shop, with_key: dict[str, str], tmp_path: Path
) -> None:
    """A part of what ``bench/assist_written.py`` plays, in a shop that has learned nothing: above all, nothing is done unasked."""
    from datetime import UTC, datetime

    from baihuo import flow
    from baihuo.assist import SqliteOrders
    from baihuo.catalog import Catalog
    from suites.assist_written.exam import read_exam
    from suites.assist_written.playing import play
    from suites.assist_written.shoppers import Stock, cast

    exam = Path(__file__).parent / "reviewed" / "conversations.yaml"
    classes = ("stranger", "refusal", "injection", "mind", "person")
    talks = [t for t in read_exam(exam) if t.part == "work" and t.talk_class in classes]
    catalogue, now = Catalog(shop.catalog), datetime.now(UTC)
    stock = Stock(catalogue.products())
    catalogue.close()
    people = cast(talks, stock, tmp_path, run="test", now=now)
    flow.import_orders(shop, [tmp_path], replace=False)
    orders, key = SqliteOrders(shop.orders_file), with_key["Authorization"].split()[1]
    try:
        played = [
            play(t, people[t.id], client=client, key=key, stock=stock, orders=orders) for t in talks
        ]
    finally:
        orders.close()
    found = [(p.talk.id, fault) for p in played for turn in p.turns for fault in turn.faults]
    assert len(played) > 15
    assert not [
        f
        for f in found
        if "another shopper" in f[1] or ", not pending" in f[1] or "status 5" in f[1]
    ]
    assert not [f for f in found if f[0].startswith("person")]
