"""Basic information of a visitor arrives: with the first request, at sign-up, on the storefront."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve.problems import problem_of
from tests.waiting import wait_until_ready

from baihuo.core import Event, EventType, ShopPaths, events_to_table
from baihuo.events import EventLog
from baihuo.features.online.product_table import Profiles
from baihuo.serve import ServeConfig, create_app

NOTHING: dict[str, object] = {
    **dict.fromkeys(("platform", "device", "language", "country", "region", "referrer")),
    "interests": [],
}


@pytest.fixture
def shop_folder(client: TestClient) -> Path:
    folder: Path = client.app.state.shop  # type: ignore[attr-defined]
    return folder


def profiles(folder: Path, visitor_id: str) -> list[Event]:
    """What the log on disk holds of a visitor."""
    log = EventLog(ShopPaths(folder).log)
    try:
        events = [e for _, e in log.tail(0)]
    finally:
        log.close()
    return [e for e in events if e.event_type is EventType.PROFILE and e.visitor_id == visitor_id]


def test_a_profile_is_kept_in_the_log_and_read_back(client: TestClient, shop_folder: Path) -> None:
    profile = {"language": "zh-Hant-TW", "region": "CN-GD", "interests": ["Home", "Phones", "Home"]}
    kept = client.post("/v1/visitors/signed-up/profile", json=profile)
    expected = NOTHING | {
        "visitor_id": "signed-up",
        "language": "zh",
        "country": "CN",
        "region": "CN-GD",
        "interests": ["Home", "Phones"],
    }
    assert kept.status_code == 200, kept.text
    assert kept.json() == expected
    (event,) = profiles(shop_folder, "signed-up")
    assert (event.region, event.interests) == ("CN-GD", "Home | Phones")
    client.post("/v1/visitors/signed-up/profile", json=profile)  # again: nothing is written twice
    assert len(profiles(shop_folder, "signed-up")) == 1
    changed = client.post("/v1/visitors/signed-up/profile", json={"interests": ["Travel"]})
    assert changed.json() == expected | {"interests": ["Travel"]}
    assert client.get("/v1/visitors/signed-up/profile").json() == changed.json()
    assert client.post("/v1/visitors/signed-up/profile", json={}).json() == changed.json()
    assert len(profiles(shop_folder, "signed-up")) == 2
    assert client.get("/v1/visitors/nobody/profile").json() == NOTHING | {"visitor_id": "nobody"}


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({"interests": ["Phone"]}, "'Phone' is no category"),
        ({"region": "Guangdong"}, "region"),
        ({"language": "Chinese!"}, "language"),
        ({"country": "China"}, "country"),
        ({"referrer": "li.wei@mail.example"}, "referrer"),
        ({"platform": "a b"}, "platform"),
        ({"interests": ["Home | Phones"]}, "interests"),
        ({"name": "Li Wei"}, "name"),
    ],
)
def test_a_profile_that_is_not_valid_is_refused_with_what_to_send(
    client: TestClient, shop_folder: Path, profile: dict[str, object], message: str
) -> None:
    response = client.post("/v1/visitors/refused/profile", json=profile)
    assert message in str(problem_of(response, 422))
    assert not profiles(shop_folder, "refused")


def test_the_first_request_says_who_asks_and_the_log_keeps_it_once(
    client: TestClient, shop_folder: Path
) -> None:
    asked = {
        "visitor_id": "first",
        "platform": "web",
        "language": "zh",
        "region": "CN-SH",
        "referrer": "https://www.google.com/search?q=li.wei%40mail.example",
        "interests": ["Travel", "no such category"],
    }
    for _ in range(2):
        assert client.get("/v1/recommend/home", params=asked).status_code == 200
    known = client.get("/v1/visitors/first/profile").json()
    assert known == NOTHING | {
        "visitor_id": "first",
        "platform": "web",
        "language": "zh",
        "country": "CN",
        "region": "CN-SH",
        "referrer": "google.com",
        "interests": ["Travel"],
    }
    client.app.state.worker.log.append([])  # type: ignore[attr-defined]  # whatever waits is written
    (event,) = profiles(shop_folder, "first")
    assert (event.referrer, event.interests) == ("google.com", "Travel")
    refused = client.get("/v1/recommend/home", params={"region": "Shanghai"})
    assert "region" in str(problem_of(refused, 422))


def test_a_request_without_a_visitor_or_with_nothing_to_say_writes_nothing(
    client: TestClient,
) -> None:
    log = client.app.state.worker.log  # type: ignore[attr-defined]
    before = log.last_seq()
    client.get("/v1/recommend/home", params={"platform": "web", "interests": "Home"})
    client.get("/v1/recommend/home", params={"visitor_id": "silent"})
    log.append([])
    assert log.last_seq() == before


def test_a_profile_outlives_a_restart(shop: Path) -> None:
    for is_first in (True, False):
        with TestClient(create_app(shop, ServeConfig(seed=1))) as client:
            wait_until_ready(client)
            if is_first:
                client.post("/v1/visitors/back/profile", json={"interests": ["Home"]})
            known = client.get("/v1/visitors/back/profile").json()
            assert known["interests"] == ["Home"]


def test_interests_can_be_taken_back_and_declared_again_on_one_day(
    client: TestClient, shop_folder: Path
) -> None:
    address = "/v1/visitors/changes/profile"
    unknown = {"visitor_id": "changes", "interests": "no such category"}
    for declared in (["Home"], ["Travel"], ["Home"], [], ["Travel"]):
        client.post(address, json={"interests": declared})
        client.post(address, json={"platform": "web"})  # says nothing of interests
        client.get("/v1/recommend/home", params=unknown)
        assert client.get(address).json()["interests"] == declared
        log = profiles(shop_folder, "changes")  # what a restart reads
        assert Profiles.of_rows(events_to_table(log)).of("changes").interests == tuple(declared)


def test_the_storefront_says_what_it_knows_and_asks_for_interests(client: TestClient) -> None:
    page = client.get(
        "/",
        headers={
            "Referer": "https://blog.example/post?user=7",
            "User-Agent": "Mozilla/5.0 (iPhone) Mobile",
            "Accept-Language": "zh-CN",
        },
    )
    visitor = page.cookies["visitor"]
    assert 'name="interests" value="Home"' in page.text
    known = client.get(f"/v1/visitors/{visitor}/profile").json()
    assert known["referrer"] == "blog.example"
    assert (known["platform"], known["device"], known["language"]) == ("web", "phone", "zh")
    chosen = client.get("/?interests=Home&interests=Nonsense")  # the client keeps the cookie
    assert 'value="Home" checked' in chosen.text
    assert client.get(f"/v1/visitors/{visitor}/profile").json()["interests"] == ["Home"]


def test_the_storefront_asks_once_and_forgets_an_answer_that_is_taken_back(
    client: TestClient,
) -> None:
    client.cookies.clear()
    asked = client.get("/", headers={"Accept-Language": "en"})
    visitor = client.cookies["visitor"]
    assert "What do you like?" in asked.text
    (always_sent,) = re.findall(r'type="hidden" name="interests" value="(.*?)"', asked.text)
    client.post(f"/v1/visitors/{visitor}/profile", json={"interests": ["Travel", "Phones"]})
    answered = client.get("/?interests=&interests=Home")  # as the form sends it
    assert "What do you like?" not in answered.text
    assert "You like: Home" in answered.text
    taken_back = client.get(f"/?interests={always_sent}")  # nothing is checked any more
    assert "checked" not in taken_back.text
    assert "What do you like?" in client.get("/").text
    assert client.get(f"/v1/visitors/{visitor}/profile").json()["interests"] == []
