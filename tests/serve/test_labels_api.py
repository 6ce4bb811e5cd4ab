"""Judgements over HTTP: handed out with the key only, recorded once, reported."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until_ready

from baihuo.core import Event, EventType, ShopPaths
from baihuo.core.tables import events_to_table
from baihuo.serve import ServeConfig, create_app

AT_US = 1_750_000_000_000_000


def searched(text: str, n: int) -> list[Event]:
    return [
        Event(
            event_id=f"{text}-{i}",
            event_type=EventType.SEARCH,
            visitor_id=f"v{i}",
            query_id=f"{text}-{i}",
            query_text=text,
            occurred_at_us=AT_US + i,
            received_at_us=AT_US + i,
            surface="search",
        )
        for i in range(n)
    ]


@pytest.fixture
def client(shop: Path) -> Iterator[TestClient]:
    ShopPaths(shop).team_key_file.write_text("open sesame\n")
    events = ShopPaths(shop).clean_events
    events.mkdir()
    typed = searched("Kettle", 3) + searched("desk lamp", 2)
    pq.write_table(events_to_table(typed), events / "all.parquet")
    with TestClient(create_app(shop, ServeConfig(seed=1))) as made:
        wait_until_ready(made)
        yield made


def request(client: TestClient, method: str, path: str, **other: Any) -> Any:
    headers = {"Authorization": "Bearer open sesame"}
    return client.request(method, f"/v1/labels{path}", headers=headers, **other)


def given(question: dict[str, Any], rater: str, grade: int | None) -> dict[str, Any]:
    pair = {name: question[name] for name in ("query_text", "product_id")}
    return {**pair, "rater": rater, "grade": grade}


def test_without_the_key_nothing_is_told_or_taken(client: TestClient) -> None:
    one = {"query_text": "kettle", "product_id": "p1", "rater": "ann", "grade": 3}
    answers = [
        client.get("/v1/labels/next?rater=ann"),
        client.get("/v1/labels/report"),
        client.post("/v1/labels", json={"judgements": [one]}),
    ]
    assert {a.status_code for a in answers} == {401}
    assert request(client, "GET", "/report").json()["n_pairs"] == 0


def test_a_rater_judges_what_is_handed_out_and_the_report_tells(client: TestClient) -> None:
    questions = request(client, "GET", "/next?rater=ann&n=6").json()["questions"]
    assert len(questions) == 6
    assert {q["query_text"] for q in questions} <= {"kettle", "desk lamp"}
    assert all(q["product"]["title_en"] and q["why"] for q in questions)
    again = request(client, "GET", "/next?rater=ann&n=6").json()["questions"]
    assert again == questions, "who asks again before answering is handed the same"
    others = request(client, "GET", "/next?rater=bo&n=6").json()["questions"]
    pairs = [{(q["query_text"], q["product_id"]) for q in qs} for qs in (questions, others)]
    assert not pairs[0] & pairs[1], "two people do not look at one pair at once"

    sent = {"judgements": [given(q, "ann", i % 4) for i, q in enumerate(questions)]}
    assert request(client, "POST", "", json=sent).json() == {
        "n_new": 6,
        "n_known": 0,
        "n_changed": 0,
    }
    assert request(client, "POST", "", json=sent).json() == {
        "n_new": 0,
        "n_known": 6,
        "n_changed": 0,
    }
    rest = request(client, "GET", "/next?rater=ann&n=100").json()["questions"]
    assert not pairs[0] & {(q["query_text"], q["product_id"]) for q in rest}
    report = request(client, "GET", "/report").json()
    assert (report["n_pairs"], report["n_raters"], report["alpha"]) == (6, 1, None)
    assert report["agreement"]["raters"][0]["n_judged"] == 6


def test_a_second_opinion_of_the_same_person_is_a_conflict_unless_it_is_meant(
    client: TestClient,
) -> None:
    one = {"query_text": " KETTLE ", "product_id": "p1", "rater": "ann", "grade": 3}
    other = {**one, "query_text": "kettle", "grade": 0}
    new = {**one, "product_id": "p2"}
    assert request(client, "POST", "", json={"judgements": [one]}).status_code == 200
    answer = request(client, "POST", "", json={"judgements": [new, other]})
    assert answer.status_code == 409
    problem = answer.json()
    assert all(word in problem["detail"] for word in ("ann", "p1", "kettle", "3", "0"))
    assert request(client, "GET", "/report").json()["n_pairs"] == 1, "all or none"
    meant = {"judgements": [new, other], "change": True}
    assert request(client, "POST", "", json=meant).json() == {
        "n_new": 1,
        "n_known": 0,
        "n_changed": 1,
    }


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"grade": 4}, 422),
    ({"grade": -1}, 422),
    ({"grade": 2.5}, 422),
    ({"grade": "3"}, 422),
    ({"grade": True}, 422),
    ({"rater": " "}, 422),
    ({"query_text": ""}, 422),
    ({"query_text": "x" * 501}, 422),
    ({"colour": "red"}, 422),
    ({"product_id": "gone"}, 404),
]


def test_what_is_no_judgement_is_refused_with_what_to_change(client: TestClient) -> None:
    good = {"query_text": "kettle", "product_id": "p1", "rater": "ann", "grade": None}
    for change, status in REFUSED:
        both = [good, {**good, **change}]
        answer = request(client, "POST", "", json={"judgements": both})
        assert answer.status_code == status, change
        assert answer.json()["fix"]
    assert request(client, "POST", "", json={"judgements": [good]}).json()["n_new"] == 1
    assert request(client, "GET", "/report").json()["n_pairs"] == 0, "cannot say is no grade"


def test_clients_that_send_the_same_at_once_record_it_once(client: TestClient) -> None:
    sent = {
        "judgements": [
            {"query_text": "kettle", "product_id": f"p{i}", "rater": "ann", "grade": 1}
            for i in range(20)
        ]
    }
    answers: list[dict[str, int]] = []

    def send() -> None:
        answers.append(request(client, "POST", "", json=sent).json())

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert sum(a["n_new"] for a in answers) == 20
    assert sum(a["n_known"] for a in answers) == 60


def test_a_shop_without_queries_says_where_they_come_from(client: TestClient, shop: Path) -> None:
    (ShopPaths(shop).clean_events / "all.parquet").unlink()
    answer = request(client, "GET", "/next?rater=ann")
    assert answer.status_code == 404
    assert "import events" in answer.json()["fix"]
