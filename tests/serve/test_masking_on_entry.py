"""What people type reaches no file as it was typed, and searches still find what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import WITH_KEY
from tests.waiting import wait_until_ready

from baihuo.core import ShopPaths
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.privacy import PrivacySettings, mask
from baihuo.serve import ServeConfig, create_app

EMAIL, PHONE, SPACED = "anna.freeman@mail.example", "13812345678", "138 1234 5678"
CARD, RESIDENT, PLATE = "4111 1111 1111 1111", "11010519491231002X", "粤B12345"
ADDRESS, NAME = "杭州市西湖区文三路90号3栋501室", "Ottoline"
PERSONAL = (EMAIL, PHONE, SPACED, CARD, RESIDENT, PLATE, ADDRESS, NAME)
TYPED = (
    f"phone for {EMAIL}",
    f"手机 打我电话 {SPACED}",
    f"kettle card {CARD}",
    f"lamp 身份证{RESIDENT}",
    f"backpack 车牌{PLATE}",
    f"台灯 寄到{ADDRESS}",
    f"my name is {NAME}, a phone please",
)


@pytest.fixture
def opened(shop: Path) -> Iterator[Callable[..., TestClient]]:
    """Opens the shop; each time anew."""
    clients: list[TestClient] = []

    def open_(**privacy: Any) -> TestClient:
        config = ServeConfig(seed=1, visitors="open", privacy=PrivacySettings(**privacy))
        client = TestClient(create_app(shop, config), raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        wait_until_ready(client)
        return client

    yield open_
    for client in clients:
        if not client.is_closed:
            client.__exit__(None, None, None)


def written(shop: Path) -> Iterator[tuple[Path, str]]:
    """Every file of a shop as text, as it is and as the tables that it holds; not what no visitor wrote."""
    for path in sorted(shop.rglob("*")):
        if path.is_file() and not ({"5-bundles", "6-index"} & set(path.parts)):
            yield path, path.read_bytes().decode("utf-8", "replace")
            if path.suffix == ".parquet":
                yield path, json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False)


def found_in(shop: Path, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(shop)), text)
        for path, content in written(shop)
        for text in texts
        if text in content or text in content.replace("\\u", "\\\\u")
    ]


def post(client: TestClient, *events: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v1/events", json={"events": list(events)})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def event(event_id: str, event_type: str = "click", **fields: Any) -> dict[str, Any]:
    return {"event_id": event_id, "event_type": event_type, "visitor_id": "v-1", **fields}


def session(client: TestClient) -> None:
    """What a shopper does who types everything that is personal, in every field there is."""
    for number, typed in enumerate(TYPED):
        page = client.get("/v1/search", params={"q": typed, "visitor_id": "v-1", "referrer": "x"})
        assert page.status_code == 200
        body = {"q": "lamp", "brand": [typed], "attributes": {"Colour": [typed], typed: ["Red"]}}
        assert client.post("/v1/search", json=body).status_code == 200
        client.get("/search", params={"q": typed})
        client.get("/suggestions", params={"q": typed})
        client.get("/v1/suggest", params={"q": typed})
        post(
            client,
            event(f"s-{number}", "search", query_text=typed),
            event(f"r-{number}", "review", product_id="p1", text=typed, rating=5),
            event(f"l-{number}", product_id="p1", surface=typed[-60:], device=typed[-60:]),
            event(f"i-{number}", "profile", interests=typed),
            {"user_query": typed, "client_id": EMAIL, "query_id": f"q-{number}"},
            {
                "action_name": "search",
                "timestamp": "2026-11-13T20:20:39Z",
                "client_id": PHONE,
                "message": typed,
            },
        )
        judged = {"query_text": typed, "product_id": "p1", "rater": "ann", "grade": 1}
        answer = client.post("/v1/labels", json={"judgements": [judged]}, headers=WITH_KEY)
        assert answer.status_code == 200, answer.text
    post(
        client,
        event("e-1", product_id="p1", visitor_id=EMAIL, session_id=f"s {PHONE}"),
        event("e-2", "purchase", product_id="p1", visitor_id=PHONE, order_id=CARD, quantity=1),
        event(f"e {EMAIL}", product_id="p1", query_id=f"q {PHONE}"),
    )
    profile = {"language": "en", "referrer": f"https://{PHONE}/"}
    assert client.post(f"/v1/visitors/{EMAIL}/profile", json=profile).status_code == 200
    assert client.get("/v1/recommend/home", params={"visitor_id": EMAIL}).status_code == 200
    filtered = client.get("/v1/search", params={"q": "lamp", "filter": f'brand:"{EMAIL}"'})
    assert filtered.status_code in (200, 422)
    bad = client.post("/v1/events", json={"events": [{"query_text": EMAIL, "nonsense": PHONE}]})
    assert bad.status_code == 422


def sealed(shop: Path) -> None:
    log = EventLog(ShopPaths(shop).log)
    assert log.seal(ShopPaths(shop).raw / "events") is not None
    log.close()
    served = ServedLog(ShopPaths(shop).served_log)
    assert served.to_parquet(ShopPaths(shop).served / "served.parquet")
    served.close()


@pytest.mark.parametrize("ids", ["plain", "hmac"])
def test_no_file_holds_what_was_typed_of_a_person(
    ids: str, shop: Path, opened: Callable[..., TestClient]
) -> None:
    client = opened(ids=ids)
    session(client)
    assert found_in(shop, PERSONAL) == []  # while it serves: the log's write-ahead file, too
    client.__exit__(None, None, None)
    sealed(shop)
    assert found_in(shop, PERSONAL) == []
    known = [text for _, text in written(shop) if "phone for ⟨email:" in text]
    assert known  # the words around it are kept, so the grep reads what was written


def test_the_pseudonym_is_the_one_of_the_clean_tables(
    shop: Path, opened: Callable[..., TestClient]
) -> None:
    client = opened()
    page = client.get("/v1/search", params={"q": f"phone {SPACED}"}).json()
    post(client, event("s-1", "search", query_text=f"phone {PHONE}"))
    judged = {"query_text": f"phone {PHONE}", "product_id": "p1", "rater": "ann", "grade": 1}
    client.post("/v1/labels", json={"judgements": [judged]}, headers=WITH_KEY)
    client.__exit__(None, None, None)
    paths = ShopPaths(shop)
    expected = mask(f"phone {PHONE}", paths.mask_key_file.read_bytes()).text
    log, served = EventLog(paths.log), ServedLog(paths.served_log)
    judgements = JudgementLog(paths.judgements)
    stored = served.get(page["query_id"])
    assert stored is not None
    assert stored.query.query_text == log.tail(0)[0][1].query_text == expected
    assert judgements.table()["query_text"].to_pylist() == [expected]
    for one in (log, served, judgements):
        one.close()


def test_a_search_is_answered_as_it_was_typed_and_its_second_page_goes_on(
    shop: Path, opened: Callable[..., TestClient]
) -> None:
    client = opened()
    products = {
        "products": [
            {"product_id": "part", "title_en": f"Spare part {PHONE} for kettles", "brand": "Norda"}
        ]
    }
    assert client.post("/v1/products", json=products, headers=WITH_KEY).status_code == 200
    first = client.get("/v1/search", params={"q": PHONE}).json()
    assert [p["product_id"] for p in first["results"]] == ["part"]
    typed: dict[str, Any] = {
        "q": f"phone {PHONE}",
        "page_size": 3,
        "visitor_id": "v-9",
        "brand": ["Norda"],
    }
    one = client.get("/v1/search", params=typed).json()
    again = {**typed, "query_id": one["query_id"]}
    two = client.get("/v1/search", params={**again, "page": 2}).json()
    assert two["query_id"] == one["query_id"]
    shown = [p["product_id"] for page in (one, two) for p in page["results"]]
    assert len(shown) == len(set(shown)) == 6
    other = client.get("/v1/search", params={**again, "page": 2, "q": "phone 13912345678"})
    assert other.status_code == 409
    client.__exit__(None, None, None)
    reopened = opened()  # the first page is read from the disk
    third = reopened.get("/v1/search", params={**again, "page": 3})
    assert third.status_code == 200
    assert not {p["product_id"] for p in third.json()["results"]} & set(shown)


def test_ids_that_name_no_person_and_product_ids_stay(
    shop: Path, opened: Callable[..., TestClient]
) -> None:
    client = opened()
    ids = {"visitor_id": "account-17", "session_id": "s-1", "order_id": "A-2026-11"}
    post(client, {**event("e-1", product_id=PHONE, variant_id=EMAIL), **ids})
    client.__exit__(None, None, None)
    log = EventLog(ShopPaths(shop).log)
    kept = log.tail(0)[0][1]
    log.close()
    assert {name: getattr(kept, name) for name in ids} == ids
    assert (kept.product_id, kept.variant_id) == (PHONE, EMAIL)


def test_a_row_that_is_sent_again_changes_nothing_whatever_was_masked(
    opened: Callable[..., TestClient],
) -> None:
    client = opened()
    rows = [
        {"user_query": TYPED[0], "client_id": EMAIL, "query_id": "q-1"},
        event(f"e {EMAIL}", product_id="p1"),
    ]
    assert post(client, *rows)["n_new"] == 2
    assert post(client, *rows) == {
        "n_new": 0,
        "n_known": 2,
        "n_rejected": 0,
        "rejected": [],
        "n_not_listed": 0,
    }
