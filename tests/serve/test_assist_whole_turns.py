"""Whole turns over HTTP, in a small real shop: what it knows, whose orders they are, what may be done, and a model that lies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve.assist_chat import API, Chat
from tests.serve.small_shop import copied
from tests.waiting import wait_until, wait_until_ready

from baihuo.access import KeyStore, Scope
from baihuo.assist import (
    Address,
    AssistSetup,
    Batch,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Shopper,
    SqliteOrders,
)
from baihuo.core import ShopPaths
from baihuo.flow.service import import_knowledge
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.ids import now_us
from baihuo.settings import Shop

FAQ = """# How long does delivery take?
Delivery takes 2 to 4 working days. It is free from 50 EUR.

# How can I pay?
You can pay by card, PayPal or invoice.

# 多久可以送到？
订单一般在2到4个工作日内送达。满50欧元包邮。

# 支持货到付款吗？
不支持货到付款，下单时付款。
"""
PAST = "conversation_id,at,author,text\n" + "".join(
    f"{n},2026-01-0{n}T10:0{m}:00Z,{author},{text}\n"
    for n in range(1, 4)
    for m, (author, text) in enumerate(
        [
            ("shopper", "能货到付款吗"),
            ("desk", "可以货到付款的，亲"),
            ("shopper", "你们的水壶能送礼盒吗"),
            ("desk", "可以送一个礼盒"),
        ]
    )
)
HOME = Address(line1="1 High Street", city="Leeds", country="UK", postal_code="LS1 1AA")


def _shopper(name: str) -> Shopper:
    card = PaymentMethod(payment_method_id=f"card_{name}", kind=PaymentKind.CREDIT_CARD)
    return Shopper(
        shopper_id=name,
        first_name=name.title(),
        last_name="Brown",
        email=f"{name}.brown@example.com",
        address=HOME,
        payment_methods=(card,),
    )


def _order(order_id: str, name: str, status: OrderStatus, visitor_id: str = "") -> Order:
    item = OrderItem(variant_id="p1", product_id="p1", title="Kumo kettle", price_minor=1_137)
    return Order(
        order_id=order_id,
        shopper_id=name,
        visitor_id=visitor_id,
        status=status,
        items=(item,),
        currency="EUR",
        address=HOME,
        payments=(Payment(kind="payment", amount_minor=1_137, payment_method_id=f"card_{name}"),),
    )


@pytest.fixture(scope="module")
def shop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(built, tmp_path_factory.mktemp("whole"))
    faq = folder.parent / "faq.md"
    faq.write_text(FAQ, encoding="utf-8")
    past = folder.parent / "past.csv"
    past.write_text(PAST, encoding="utf-8")
    import_knowledge(Shop(folder), [faq, past])
    orders = SqliteOrders(ShopPaths(folder).orders_file)
    orders.add(
        Batch(
            shoppers=[_shopper("anna"), _shopper("ben")],
            orders=[
                _order("W1000001", "anna", OrderStatus.PENDING),
                _order("W1000002", "anna", OrderStatus.DELIVERED),
                _order("W1000003", "anna", OrderStatus.PENDING, "phone-of-anna"),
                _order("W1000004", "anna", OrderStatus.PENDING, "laptop-of-anna"),
                _order("W2000001", "ben", OrderStatus.PENDING),
            ],
            visitors=[("phone-of-anna", "anna"), ("laptop-of-anna", "anna")],
        )
    )
    orders.close()
    return folder


@pytest.fixture(scope="module")
def with_key(shop: Path) -> dict[str, str]:
    made = KeyStore(ShopPaths(shop).keys_file).create(
        "server", (Scope.DESK, Scope.EVENTS), at_us=now_us()
    )
    return {"Authorization": f"Bearer {made.token}"}


@pytest.fixture(scope="module")
def client(shop: Path, with_key: dict[str, str]) -> Iterator[TestClient]:
    app = create_app(shop, ServeConfig(seed=1))
    with TestClient(app, raise_server_exceptions=False) as made:
        wait_until_ready(made)
        wait_until(lambda: app.state.assistant.is_open)
        yield made


@pytest.fixture
def chat(client: TestClient, with_key: dict[str, str]) -> Callable[..., Chat]:
    def begin(**given: str) -> Chat:
        headers = with_key if "shopper_id" in given else {}
        return Chat(client, headers, **given)

    return begin


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long does delivery take?", "Delivery takes 2 to 4 working days."),
        ("how long does the delivery take", "Delivery takes 2 to 4 working days."),
        ("多久可以送到？", "订单一般在2到4个工作日内送达。"),
    ],
)
def test_a_known_question_gets_the_words_of_its_source(
    chat: Callable[..., Chat], question: str, answer: str
) -> None:
    reply = chat().say(question)
    assert reply["sentences"][0]["text"] == answer, reply
    assert reply["sentences"][0]["source_ids"]


def test_a_new_answer_is_said_without_a_restart(chat: Callable[..., Chat], shop: Path) -> None:
    assert "gift" not in chat().say("Do you wrap gifts?")["text"].lower()
    faq = shop.parent / "more.md"
    faq.write_text("# Do you wrap gifts?\nYes, gift wrapping costs 3 EUR.\n", encoding="utf-8")
    import_knowledge(Shop(shop), [faq])
    for _ in range(40):
        time.sleep(0.1)
        if "3 EUR" in (said := chat().say("Do you wrap gifts?")["text"]):
            return
    pytest.fail(said)


def test_the_faq_comes_before_what_a_person_once_answered(chat: Callable[..., Chat]) -> None:
    reply = chat().say("能货到付款吗")
    assert reply["text"].startswith("不支持货到付款"), reply
    gap = chat().say("你们的水壶能送礼盒吗")
    assert gap["text"].startswith("可以送一个礼盒"), gap


def test_an_order_is_told_to_its_shopper_alone(chat: Callable[..., Chat]) -> None:
    anna = chat(shopper_id="anna")
    told = anna.say("Where is my order W1000001?")
    assert "W1000001" in told["text"]
    assert "pending" in told["text"]
    [card] = told["orders"]
    assert (card["order_id"], card["status"]) == ("W1000001", "pending")
    assert card["items"]
    assert card["total"] in told["text"]
    again = anna.client.get(f"{API}/{anna.id}", headers=anna.headers).json()
    assert again["messages"][-1]["orders"] == [card]
    other = anna.say("Where is my order W2000001?")
    unknown = anna.say("Where is my order W2999999?")
    assert "pending" not in other["text"]
    assert other["text"].replace("W2000001", "") == unknown["text"].replace("W2999999", "")
    nobody = chat().say("Where is my order W1000001?")
    assert "pending" not in nobody["text"]
    assert nobody["orders"] == []


def test_who_waits_for_a_person_still_hears_of_their_order(chat: Callable[..., Chat]) -> None:
    anna = chat(shopper_id="anna")
    assert anna.say("I want to talk to a person")["is_handed_over"]
    told = anna.say("Where is my order W1000002?")
    assert "delivered" in told["text"]
    assert "keep your place" in told["text"]
    nobody = chat()
    nobody.say("I want to talk to a person")
    asked = nobody.say("Where is my order W2000001?")
    assert "A person will answer here" in asked["text"]
    assert "pending" not in asked["text"]


def test_a_question_in_the_middle_of_a_change_keeps_it(
    chat: Callable[..., Chat], shop: Path
) -> None:
    ben = chat(shopper_id="ben")
    asked = ben.say("Please cancel my order W2000001")
    assert asked["options"] == ["Yes", "No"], asked["text"]
    between = ben.say("How can I pay?")
    assert "by card, PayPal or invoice" in between["text"]
    assert asked["text"] in between["text"]
    assert between["options"] == ["Yes", "No"]
    assert status_of(shop, "W2000001") is OrderStatus.PENDING
    assert ben.say("no")["options"] == []
    assert status_of(shop, "W2000001") is OrderStatus.PENDING


def test_an_order_is_cancelled_after_a_yes_and_once(chat: Callable[..., Chat], shop: Path) -> None:
    anna = chat(shopper_id="anna")
    asked = anna.say("Please cancel my order W1000001")
    while "?" in asked["text"] and "Yes" not in asked["options"]:
        asked = anna.say(asked["options"][0])  # the reason
    assert status_of(shop, "W1000001") is OrderStatus.PENDING
    done = anna.say("yes", message_id="yes-1")
    assert status_of(shop, "W1000001") is OrderStatus.CANCELLED, (asked["text"], done["text"])
    assert anna.say("yes", message_id="yes-1")["text"] == done["text"]
    again = anna.say("Please cancel my order W1000001")
    assert "Yes" not in again["options"]


def test_what_the_policy_forbids_is_refused_with_its_rule(
    chat: Callable[..., Chat], shop: Path
) -> None:
    anna = chat(shopper_id="anna")
    reply = anna.say("cancel order W1000002")
    while reply["options"] and "Yes" not in reply["options"]:
        reply = anna.say(reply["options"][0])
    assert "Yes" not in reply["options"], reply["text"]
    assert any(i.startswith("policy:") for i in reply["source_ids"]), reply
    anna.say("yes")
    assert status_of(shop, "W1000002") is OrderStatus.DELIVERED


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Where is my order W2000001?", ("placed it", "a person")),
        ("Please cancel my order W2000001", ("placed it", "a person")),
        ("我的订单到哪了？", ("下单", "人工客服")),
    ],
)
@pytest.mark.parametrize("claim", ["ben.brown@example.com", "Ben Brown, LS1 1AA"])
def test_an_email_address_or_a_name_opens_no_order_and_a_person_takes_over(
    chat: Callable[..., Chat], shop: Path, question: str, words: tuple[str, ...], claim: str
) -> None:
    for texts in ((question, claim), (f"{question} {claim}", claim)):
        someone = chat()
        said = [someone.say(text) for text in (*texts, question, "yes")]
        assert said[0]["is_handed_over"]
        assert all(word in said[0]["text"] for word in words), said[0]["text"]
        for reply in said:
            assert reply["orders"] == []
            assert not any(
                w in reply["text"] for w in ("pending", "待处理", "Kumo", "mail", "邮箱")
            )
    assert status_of(shop, "W2000001") is OrderStatus.PENDING


def test_a_signed_browser_hears_of_the_orders_it_placed_and_of_no_other(
    chat: Callable[..., Chat], client: TestClient, with_key: dict[str, str], shop: Path
) -> None:
    phone = signed(client, with_key, "phone-of-anna")
    anna = chat(visitor_id=phone)
    told = anna.say("Where is my order W1000003?", visitor_id=phone)
    assert [o["order_id"] for o in told["orders"]] == ["W1000003"]
    assert "1 High Street" in told["text"]
    every = anna.say("Where are my orders?", visitor_id=phone)
    assert [o["order_id"] for o in every["orders"]] == ["W1000003"]
    other = anna.say("Where is my order W1000004?", visitor_id=phone)
    assert other["is_handed_over"]
    assert "pending" not in other["text"]
    change = chat(visitor_id=phone)
    asked = change.say("Please cancel my order W1000003", visitor_id=phone)
    assert "Yes" in asked["options"], asked["text"]
    change.say("yes", visitor_id=phone)
    assert status_of(shop, "W1000003") is OrderStatus.CANCELLED
    assert chat(visitor_id=phone).say("cancel my order W1000004", visitor_id=phone)[
        "is_handed_over"
    ]
    assert status_of(shop, "W1000004") is OrderStatus.PENDING


def test_who_orders_during_a_conversation_hears_of_that_order_in_it(
    chat: Callable[..., Chat], client: TestClient, with_key: dict[str, str], shop: Path
) -> None:
    new = signed(client, with_key, "new-browser")
    carl = chat(visitor_id=new)
    carl.say("How can I pay?", visitor_id=new)
    orders = SqliteOrders(ShopPaths(shop).orders_file)
    placed = _order("W3000001", "carl", OrderStatus.PENDING, "new-browser")
    orders.add(
        Batch(shoppers=[_shopper("carl")], orders=[placed], visitors=[("new-browser", "carl")])
    )
    orders.close()
    told = carl.say("Where is my order?", visitor_id=new)
    assert [o["order_id"] for o in told["orders"]] == ["W3000001"]


def test_a_visitor_id_that_was_only_named_proves_nothing_in_a_shop_without_keys(
    shop: Path, tmp_path: Path
) -> None:
    folder = copied(shop, tmp_path)
    ShopPaths(folder).keys_file.unlink()
    app = create_app(folder, ServeConfig(seed=1))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        wait_until(lambda: app.state.assistant.is_open)
        named = Chat(client, {}, visitor_id="laptop-of-anna")
        reply = named.say("Where is my order W1000004?", visitor_id="laptop-of-anna")
        assert reply["is_handed_over"]
        assert reply["orders"] == []
        token = app.state.access.tokens.sign("laptop-of-anna")
        signed = Chat(client, {}, visitor_id=token)
        told = signed.say("Where is my order W1000004?", visitor_id=token)
        assert [o["order_id"] for o in told["orders"]] == ["W1000004"]
        # nor does it read, or write in, the conversation of the browser that is signed
        read = client.get(f"{API}/{signed.id}", params={"visitor_id": "laptop-of-anna"})
        assert read.status_code == 404
        body = {"text": "cancel my order W1000004", "visitor_id": "laptop-of-anna"}
        assert client.post(f"{API}/{signed.id}/messages", json=body).status_code == 404


def test_the_page_without_scripts_knows_the_browser_that_bought(
    client: TestClient, shop: Path
) -> None:
    text = {"text": "Where is my order W1000004?"}
    ours = {"origin": "http://testserver"}
    token = client.app.state.access.tokens.sign("laptop-of-anna")  # type: ignore[attr-defined]
    client.cookies.set("visitor", token)
    try:
        page = client.post("/assist", data=text, headers=ours)
    finally:
        client.cookies.clear()
    assert "Kumo kettle" in page.text
    assert "pending" in page.text
    assert client.get(page.url).status_code == 200
    assert "pending" not in client.get(page.url).text  # another browser
    stranger = client.post("/assist", data=text, headers=ours).text
    client.cookies.clear()
    assert "whoever placed it" in stranger
    assert "pending" not in stranger


@pytest.mark.parametrize(("word", "later"), [("a person", "later"), ("转人工", "稍后")])
def test_one_address_does_not_fill_the_queue_of_the_desk(
    client: TestClient, with_key: dict[str, str], word: str, later: str
) -> None:
    crowd, other = (
        TestClient(client.app, client=(f"{host}.{len(word)}", 1))
        for host in ("203.0.113", "192.0.2")
    )
    replies = [Chat(crowd, {}).say(word) for _ in range(22)]
    assert [r["is_handed_over"] for r in replies] == [True] * 20 + [False] * 2
    assert later in replies[-1]["text"]
    assert Chat(other, {}).say(word)["is_handed_over"]
    assert Chat(crowd, with_key).say(word)["is_handed_over"]
    refused = Chat(crowd, {})
    for _ in range(2):
        assert not refused.say(word)["is_handed_over"]
    assert refused.say("How long does delivery take?")["text"].startswith("Delivery takes")


def test_a_desk_that_is_not_there_and_a_model_that_is_down_cost_no_reply(
    shop: Path, with_key: dict[str, str]
) -> None:
    setup = AssistSetup()
    setup = AssistSetup(
        assist=setup.assist.model_copy(update={"has_desk": False}),
        llm=setup.llm.model_copy(update={"address": "http://127.0.0.1:9/v1"}),
    )
    app = create_app(shop, ServeConfig(seed=1, assist=setup))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        wait_until(lambda: app.state.assistant.is_open)
        one = Chat(client, {})
        started = time.monotonic()
        reply = one.say("How long does delivery take?")
        assert reply["text"].startswith("Delivery takes 2 to 4 working days.")
        assert reply["is_generated"] is False
        assert time.monotonic() - started < 3
        assert one.say("I want to talk to a person")["is_handed_over"] is False


def signed(client: TestClient, with_key: dict[str, str], visitor_id: str) -> str:
    made = client.post("/v1/visitors/token", json={"visitor_id": visitor_id}, headers=with_key)
    return str(made.json()["token"])


def status_of(shop: Path, order_id: str) -> OrderStatus:
    orders = SqliteOrders(ShopPaths(shop).orders_file)
    try:
        order = orders.order(order_id)
        assert order is not None
        return order.status
    finally:
        orders.close()
