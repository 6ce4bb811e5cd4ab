"""The desk over HTTP: who gets in, what they see, what they send, and what the shopper hears of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.chat_server import PLANTED, scripted_app
from tests.serve.people import Browser, csrf_in, make_account
from tests.serve.small_shop import copied
from tests.waiting import wait_until_ready

from baihuo.access import Role, read_entries
from baihuo.assist import DeskSettings, read_judged_pairs
from baihuo.core import ShopPaths
from baihuo.serve import ServeConfig
from baihuo.serve.console.layout import HEADERS

API = "/v1/assist/conversations"


@pytest.fixture(scope="module")
def client(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    shop = copied(built, tmp_path_factory.mktemp("desk"))
    for name, role in (("ann", Role.DESK), ("bob", Role.DESK), ("eve", Role.ENGINEER)):
        make_account(shop, name, role)
    make_account(shop, "vic", Role.VIEWER)
    with pytest.MonkeyPatch.context() as patch:
        app = scripted_app(shop, ServeConfig(seed=1), patch.setattr)
        with TestClient(app, raise_server_exceptions=False) as client:
            wait_until_ready(client)
            yield client


@pytest.fixture(scope="module")
def ann(client: TestClient) -> Browser:
    return Browser(client).logged_in("ann")


@pytest.fixture(scope="module")
def bob(client: TestClient) -> Browser:
    return Browser(client, language="zh").logged_in("bob")


def shop_of(client: TestClient) -> Path:
    return Path(client.app.state.shop)  # type: ignore[attr-defined]


class Shopper:
    """Somebody who writes to customer service, over the API."""

    def __init__(self, client: TestClient, *, language: str = "en") -> None:
        self.http = client
        self.id = client.post(API, json={"language": language}).json()["conversation_id"]
        self.n = 0

    def says(self, text: str) -> Any:
        self.n += 1
        body = {"text": text, "message_id": f"{self.id}-{self.n}", "language": "en"}
        return self.http.post(f"{API}/{self.id}/messages", json=body).json()

    def reads(self) -> list[tuple[str, str]]:
        read = self.http.get(f"{API}/{self.id}").json()
        return [(m["author"], m["text"]) for m in read["messages"]]


@pytest.fixture
def waiting(client: TestClient) -> Shopper:
    """A shopper who asked for a person."""
    shopper = Shopper(client)
    shopper.says("What about a return?")
    assert shopper.says("a person please")["is_handed_over"]
    return shopper


def path(shopper: Shopper, act: str = "") -> str:
    return f"/console/desk/c/{shopper.id}{act}"


def act(browser: Browser, shopper: Shopper, name: str, **form: str) -> Any:
    return browser.post(path(shopper, f"/{name}"), {"csrf": browser.csrf, **form})


def seen(browser: Browser, shopper: Shopper) -> dict[str, str]:
    """The hidden fields of the answer's form."""
    page = browser.get(path(shopper)).text
    names = ("message_id", "seen_seq")
    found = {n: re.search(rf'name="{n}" value="([^"]+)"', page) for n in names}
    return {n: m[1] for n, m in found.items() if m}


@pytest.mark.parametrize("page", ["/console/desk", "/console/desk/c/x", "/console/conversations"])
def test_only_who_may_sees_the_desk(client: TestClient, ann: Browser, page: str) -> None:
    asked = Browser(client).get(page)
    assert (asked.status_code, asked.headers["location"].split("?")[0]) == (303, "/console/login")
    assert Browser(client).logged_in("vic").get(page).status_code == 403
    assert ann.get(page).status_code == {"/console/desk": 200, "/console/desk/c/x": 404}.get(
        page, 403
    )
    for name, value in HEADERS.items():
        assert ann.get("/console/desk").headers[name] == value


def test_a_form_of_another_site_does_nothing(ann: Browser, waiting: Shopper) -> None:
    for form, headers in (
        (
            {"csrf": ann.csrf},
            {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
        ),
        ({"csrf": "0" * 128}, None),
        ({"text": "no token"}, None),
    ):
        assert ann.post(path(waiting, "/take"), form, headers).status_code == 403
    assert "Take" in ann.get(path(waiting)).text


def test_who_waits_is_still_answered_and_keeps_their_place_until_somebody_has_them(
    client: TestClient, ann: Browser, waiting: Shopper
) -> None:
    since = client.app.state.desk.desk.queue.find(waiting.id, at_us=1).waiting_since_us  # type: ignore[attr-defined]
    known = waiting.says("What about a return?")
    assert known["text"].startswith("You may send it back within 30 days.")
    assert "person will still come back" in known["text"]
    assert known["is_handed_over"]
    unknown = waiting.says("why is the sky green")
    assert (unknown["text"], unknown["source_ids"]) == (
        "I have passed that on. A person will answer here.",
        [],
    )
    queued = client.app.state.desk.desk.queue.find(waiting.id, at_us=1)  # type: ignore[attr-defined]
    assert queued.waiting_since_us == since
    act(ann, waiting, "take")
    assert waiting.says("What about a return?")["source_ids"] == []
    act(ann, waiting, "release")
    assert waiting.says("What about a return?")["source_ids"] == ["faq:1"]
    act(ann, waiting, "take")
    ann.post("/console/desk/leave", {"csrf": ann.csrf})  # nobody is there any more
    assert waiting.says("And what about a return?")["source_ids"] == ["faq:1"]
    chinese = waiting.says("可以退货吗")["text"]
    assert "人工客服之后仍会" in chinese
    act(ann, waiting, "take")
    act(ann, waiting, "close")


def test_a_person_takes_reads_the_summary_and_sends_what_was_suggested(
    client: TestClient, ann: Browser, waiting: Shopper
) -> None:
    waiting.says("And what about a return of two?")
    assert waiting.id in ann.get("/console/desk").text
    assert act(ann, waiting, "take").headers["location"] == path(waiting)
    page = ann.get(path(waiting)).text
    for text in (
        "Asked for a person",
        "What about a return?",
        "faq:1",
        "Send this",
        "right with 95%",
    ):
        assert text in page
    answer = "You may send it back within 30 days."
    form = {**seen(ann, waiting), "source_id": "faq:1", "suggested": answer, "text": answer}
    for _ in range(2):  # a double click
        assert act(ann, waiting, "send", **form).status_code == 303
    assert waiting.reads()[-1] == ("desk", answer)
    assert [t for a, t in waiting.reads() if a == "desk"] == [answer]
    paths = ShopPaths(shop_of(client))
    pairs = read_judged_pairs(paths.judged_pairs_file)
    (pair,) = [p for p in pairs if p.conversation_id == waiting.id]
    assert (pair.kind, pair.source_id, pair.by) == ("sent", "faq:1", "ann")
    # that a person was asked for is no part of what is learned
    assert pair.question == "What about a return?\nAnd what about a return of two?"
    entries = read_entries(paths.audit_file, newest=500)
    done = [(e.action, e.actor) for e in entries if e.subject == waiting.id]
    assert done == [("desk.claim", "person ann"), *[("desk.send", "person ann")] * 2]
    assert answer not in str(entries)  # nothing of what was written


def test_a_suggestion_is_changed_first_or_rejected(
    client: TestClient, ann: Browser, waiting: Shopper
) -> None:
    waiting.says("a return of shoes")
    act(ann, waiting, "take")
    page = ann.get(path(waiting, "?use=faq%3A1")).text
    assert re.search(r"<textarea[^>]*>You may send it back within 30 days\.</textarea>", page)
    assert 'name="suggested" value="You may send it back within 30 days."' in page
    act(ann, waiting, "reject", source_id="faq:1", suggested="You may send it back within 30 days.")
    page = ann.get(path(waiting)).text
    assert "faq:2" in page
    assert "right with 95%" not in page


def test_two_people_never_answer_the_same_conversation(
    ann: Browser, bob: Browser, waiting: Shopper
) -> None:
    act(ann, waiting, "take")
    refused = act(bob, waiting, "take")
    assert refused.status_code == 409
    assert "ann" in refused.text
    page = bob.get(path(waiting)).text
    assert "ann" in page
    assert "<textarea" not in page
    sent = act(bob, waiting, "send", text="Hello from bob", seen_seq="99999")
    assert sent.status_code == 409
    assert "消息没有发出" in sent.text
    assert act(ann, waiting, "release").status_code == 303
    assert act(bob, waiting, "take").status_code == 303
    kept = act(ann, waiting, "send", text="I typed this for long", **seen(bob, waiting))
    assert kept.status_code == 409
    assert all(author != "desk" for author, _ in waiting.reads())


def test_what_was_typed_stays_where_the_shopper_wrote_meanwhile(
    ann: Browser, waiting: Shopper
) -> None:
    act(ann, waiting, "take")
    form = seen(ann, waiting)
    waiting.says("I found it, forget it")
    page = act(ann, waiting, "send", text="My long <answer>", **form)
    assert page.status_code == 409
    assert "My long &lt;answer&gt;</textarea>" in page.text
    assert "I found it, forget it" in page.text
    look = act(ann, waiting, "look", text="My long <answer>", **form)
    assert "My long &lt;answer&gt;</textarea>" in look.text
    again = act(ann, waiting, "send", text="My long answer", **seen(ann, waiting))
    assert again.status_code == 303
    assert waiting.reads()[-1] == ("desk", "My long answer")


def test_new_messages_come_into_a_frame_that_only_our_pages_may_show(
    ann: Browser, waiting: Shopper
) -> None:
    act(ann, waiting, "take")
    frame = re.search(r'<iframe[^>]*src="([^"]+)"', ann.get(path(waiting)).text)
    assert frame is not None
    assert "No new message" in ann.get(frame[1]).text
    waiting.says("and <i>another</i> thing")
    page = ann.get(frame[1])
    assert "and &lt;i&gt;another&lt;/i&gt; thing" in page.text
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "<form" not in page.text
    assert ann.get(path(waiting, "/new?after=x")).status_code == 200


def test_a_closed_conversation_is_the_machines_again(ann: Browser, waiting: Shopper) -> None:
    act(ann, waiting, "take")
    assert act(ann, waiting, "close").headers["location"] == "/console/desk"
    assert waiting.id not in ann.get("/console/desk").text
    assert act(ann, waiting, "send", text="late", seen_seq="0").status_code == 404
    assert waiting.says("What about a return?")["text"] == "You may send it back within 30 days."


def test_a_person_answers_where_the_machine_fails(ann: Browser, client: TestClient) -> None:
    shopper = Shopper(client)
    assert shopper.says("explode")["is_handed_over"]
    act(ann, shopper, "take")
    page = ann.get(path(shopper))
    assert page.status_code == 200
    assert "RuntimeError" in page.text
    assert act(ann, shopper, "send", text="Sorry!", **seen(ann, shopper)).status_code == 303
    assert shopper.reads()[-1] == ("desk", "Sorry!")


def test_nothing_that_a_shopper_writes_becomes_markup(ann: Browser, client: TestClient) -> None:
    shopper = Shopper(client)
    shopper.says(f"review {PLANTED}")
    shopper.says(f"person {PLANTED} about my long and broken order")
    for page in ("/console/desk", path(shopper)):
        text = ann.get(page).text
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text
        assert "<script" not in text


def test_the_shopper_is_told_whether_somebody_is_there(client: TestClient, ann: Browser) -> None:
    ann.get("/console/desk")
    assert client.get("/v1/assist/desk").json() == {"is_open": True, "opens": ""}
    assert ann.post("/console/desk/leave", {"csrf": ann.csrf}).status_code == 303
    Browser(client).logged_in("bob").post("/console/desk/leave", {"csrf": "x"})
    duty = client.app.state.desk.duty  # type: ignore[attr-defined]
    duty.leave("bob")
    ann.get("/console/desk?left=1")
    ann.get("/console/desk?refresh=1")  # the page did that, nobody else
    assert client.get("/v1/assist/desk?language=zh").json() == {"is_open": False, "opens": ""}
    refused = client.get("/v1/assist/desk?language=fr")
    assert refused.status_code == 422
    ann.get("/console/desk")
    assert client.get("/v1/assist/desk").json()["is_open"]


def test_outside_its_hours_a_desk_says_when_it_opens_and_keeps_what_comes(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = time.gmtime(time.time() + 3 * 86_400)
    name = time.strftime("%a", day)
    config = ServeConfig(seed=1, desk=DeskSettings(hours=(f"{name} 10:00-11:00",)))
    shop = copied(built, tmp_path)
    make_account(shop, "ann", Role.DESK)
    app = scripted_app(shop, config, monkeypatch.setattr)
    with TestClient(app) as client:
        wait_until_ready(client)
        opens = client.get("/v1/assist/desk").json()
        assert opens == {"is_open": False, "opens": f"on {time.strftime('%A', day)} at 10:00 (UTC)"}
        assert not ShopPaths(shop).desk_file.exists()  # asking makes no file
        shopper = Shopper(client)
        shopper.says("a person please")
        assert shopper.says("are you there?")["is_handed_over"]
        ann = Browser(client).logged_in("ann")
        queue = ann.get("/console/desk").text
        assert "outside the opening hours" in queue
        assert "are you there?" in queue


def test_engineers_see_how_service_does(client: TestClient) -> None:
    shopper = Shopper(client)
    shopper.says("What about a return?")
    feedback = {"message_id": f"{shopper.id}-1", "kind": "thumbs_down"}
    assert client.post(f"{API}/{shopper.id}/feedback", json=feedback).status_code == 204
    client.post(f"{API}/{shopper.id}/feedback", json={"kind": "not_resolved"})
    page = Browser(client).logged_in("eve").get("/console/conversations")
    assert page.status_code == 200
    for text in ("Resolution rate", "0.0%", "Wrong answers by intent", "<code>return</code>"):
        assert text in page.text
    assert csrf_in(page)
