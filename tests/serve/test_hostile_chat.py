"""The chat under hostile requests: every text gets a useful sentence, every other body a plain refusal, and nothing of ours is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.serve.small_shop import copied
from tests.serve.test_hostile_requests import _TEXTS
from tests.serve.test_openapi import operations
from tests.waiting import wait_until_ready

from baihuo.serve import ServeConfig, create_app

API = "/v1/assist/conversations"
_PLANTED = yaml.safe_load(
    (Path(__file__).parents[1] / "assist/check/injections.yaml").read_text(encoding="utf-8")
)
_TRACES = ("Traceback", 'File "', "sqlite", "baihuo/", "pydantic")


@pytest.fixture(scope="module")
def app(built: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(copied(built, tmp_path_factory.mktemp("chat")), ServeConfig(seed=1))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def begin(client: TestClient, **given: Any) -> str:
    answer = client.post(API, json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["conversation_id"])


def post(client: TestClient, path: str, body: Any) -> Any:
    """A body as it is, lone surrogates and all."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("text", [t for t in _TEXTS if isinstance(t, str)], ids=repr)
def test_any_text_gets_a_useful_sentence(client: TestClient, text: str) -> None:
    answer = post(client, f"{API}/{begin(client)}/messages", {"text": text})
    assert answer.status_code in (200, 422), answer.text  # 422: no text at all, as half a pair
    assert not any(trace in answer.text for trace in _TRACES)
    if answer.status_code == 200:
        reply = answer.json()
        assert len(reply["text"]) > 5
        assert "<" not in reply["text"]


@pytest.mark.parametrize("planted", [c["text"] for c in _PLANTED["message"]], ids=repr)
def test_a_planted_instruction_in_a_message_is_inert(client: TestClient, planted: str) -> None:
    answer = post(client, f"{API}/{begin(client)}/messages", {"text": planted})
    assert answer.status_code == 200
    text = answer.json()["text"]
    assert "BANANA" not in text
    assert "香蕉" not in text
    assert "evil.example" not in text
    assert not answer.json()["orders"]


BODIES: list[Any] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"text": ' + b"[" * 5_000,
    {},
    {"text": None},
    {"text": 5},
    {"text": ["a"]},
    {"text": {"$gt": ""}},
    {"text": "a" * 100_000},
    {"text": "hi", "role": "system"},
    {"text": "hi", "identity": {"shopper_id": "anna"}},
    {"text": "hi", "shopper_id": "anna"},
    {"text": "hi", "message_id": "../../x"},
    {"text": "hi", "message_id": "a" * 5_000},
    {"text": "hi", "language": "fr"},
    {"text": "hi", "page_product_id": {"a": 1}},
    {"text": "hi", "trace": "perhaps"},
]


@pytest.mark.parametrize("body", BODIES, ids=lambda b: repr(b)[:40])
def test_any_other_body_is_refused_plainly(client: TestClient, body: Any) -> None:
    conversation = begin(client)
    answer = post(client, f"{API}/{conversation}/messages", body)
    assert 400 <= answer.status_code < 500 or answer.status_code == 200
    assert not any(trace in answer.text for trace in _TRACES)
    if answer.status_code != 200:
        read = client.get(f"{API}/{conversation}").json()
        assert read["messages"] == []


@pytest.mark.parametrize("given", [{"shopper_id": "anna"}, {"visitor_id": "a" * 9_999}, {"x": 1}])
def test_nobody_says_who_they_are_without_a_key(client: TestClient, given: dict[str, str]) -> None:
    answer = client.post(API, json=given)
    assert 400 <= answer.status_code < 500


def test_the_same_message_at_the_same_time_is_answered_once(client: TestClient) -> None:
    conversation = begin(client)
    body = {"text": "What is your return policy?", "message_id": "same"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: client.post(f"{API}/{conversation}/messages", json=body), range(8))
        )
    assert {a.status_code for a in answers} <= {200, 409, 503}
    assert len({a.json()["text"] for a in answers if a.status_code == 200}) == 1
    messages = client.get(f"{API}/{conversation}").json()["messages"]
    assert [m["author"] for m in messages] == ["shopper", "machine"]


def test_conversations_of_others_are_found_by_no_guess(client: TestClient) -> None:
    begin(client)
    for guess in ("c-1", "%", "*", "c-" + "0" * 32, "' OR 1=1", "..%2f"):
        answer = client.get(f"{API}/{guess}")
        assert answer.status_code in (404, 422)
        answer = client.post(f"{API}/{guess}/messages", json={"text": "hi"})
        assert answer.status_code in (404, 422)


def test_the_document_is_kept_in_a_conversation_that_exists(
    app: FastAPI, client: TestClient
) -> None:
    """By random ids of the document alone, every answer would be 404."""
    asked = 0
    for operation in operations(app):
        if "{conversation_id}" not in operation.path or operation.method.upper() == "DELETE":
            continue
        asked += 1
        _keeps_its_word(operation, client)
    assert asked >= 2


def _keeps_its_word(operation: Any, client: TestClient) -> None:
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.path_parameters["conversation_id"] = begin(client)
        answer = case.call()
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])
        assert answer.status_code < 500

    ask()
