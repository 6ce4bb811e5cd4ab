"""A person accepts a note about a group, by the command and in the console: the next check leaves it out, and the report says so."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.quality.chosen import few_checks
from tests.serve.people import Browser, csrf_in, make_account
from typer.testing import CliRunner, Result

from baihuo.access import Role, read_entries
from baihuo.cli.app import app
from baihuo.core import BadInput, Conflict, NotFound, ShopPaths
from baihuo.exam.line import write_files
from baihuo.exam.shop import clean_shop
from baihuo.serve import ServeConfig, create_app

DAY_US = 86_400_000_000
PAGE = "/console/quarantine"
PLAYER = "platform android, 2025-03-21 to 2025-03-30, dwell: dwell_ms is 0 in 100%"


def run(*words: object) -> Result:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(w) for w in words])
    if not done.exception:
        assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose new player on android says of each stay that it lasts 0 ms, and with one brand that no other listing has."""
    folder = tmp_path_factory.mktemp("notes")
    made = clean_shop(907, events=20_000, products=400)
    start = min(row.values["occurred_at_us"] for row in made.events) // DAY_US
    for row in (row.values for row in made.events if row.values["platform"] == "android"):
        if row["event_type"] == "dwell" and row["occurred_at_us"] // DAY_US >= start + 18:
            row["dwell_ms"] = 0
    made.products[7].values["brand"] = made.products[8].values["brand"] + " Trading GmbH"
    write_files(made, folder)
    shop = folder / "shop"
    run("import", folder / "products.jsonl", folder / "events.jsonl", "--shop", shop)
    few_checks(shop / "quality.yaml", "unlike_its_history", "habits")
    run("check", "--shop", shop)
    return shop


@pytest.fixture
def shop(checked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checked, tmp_path / "shop"))


@pytest.fixture
def client(shop: Path) -> Iterator[TestClient]:
    with TestClient(create_app(shop, ServeConfig(seed=1))) as made:
        yield made


def noted(shop: Path) -> set[str]:
    return set(pq.read_table(ShopPaths(shop).clean / "findings.parquet")["check"].to_pylist())


def actions(shop: Path) -> list[tuple[str, str]]:
    entries = read_entries(ShopPaths(shop).audit_file, action="quarantine")
    assert all(entry.subject for entry in entries)
    return [(entry.action, entry.detail["why"]) for entry in entries]


def test_a_note_is_accepted_by_its_number_and_taken_back(shop: Path) -> None:
    listed = run("quarantine", "notes", "--shop", shop).stdout
    assert re.search(rf"1 {PLAYER}.*\n *2 brand: a value that nearly no other has", listed, re.S)
    accept = ("quarantine", "accept", "--by", "ann", "--shop", shop)
    assert isinstance(run(*accept, 1).exception, BadInput)  # without a reason
    assert isinstance(run(*accept, 9, "--why", "x").exception, NotFound)
    assert isinstance(run(*accept, "--why", "x").exception, BadInput)  # neither a number nor --undo
    ends = (*accept, 1, "--why", "our player", "--until")
    assert isinstance(run(*ends, "2025-03-01").exception, BadInput)  # before it began
    assert isinstance(run(*ends, "tomorrow").exception, BadInput)
    assert run(*accept, 1, "--why", "our player").stdout == "1\n"
    assert isinstance(run(*accept, 1, "--why", "again").exception, Conflict)
    assert "accepted by ann: our player" in run("quarantine", "notes", "--shop", shop).stdout
    assert run(*accept, 2, "--why", "a new supplier").stdout == "2\n"
    before = ShopPaths(shop).raw / "accepted.jsonl"
    assert noted(shop) == {"unlike_its_history", "unlike_the_catalogue"}
    run("check", "--shop", shop)
    assert noted(shop) == set()
    report = json.loads((ShopPaths(shop).clean / "report.json").read_text(encoding="utf-8"))
    assert report["noted"] == {}
    left_out = [words for words in report["looked_at"] if "left out" in words]
    assert [re.sub(r"\d{4}-\d\d-\d\d", "DAY", words) for words in left_out] == [
        "habits: 1 note that ann accepted on DAY is left out",
        "history: 1 note that ann accepted on DAY is left out",
    ]
    accepted = run("quarantine", "notes", "--accepted", "--json", "--shop", shop).stdout
    assert [json.loads(line)["why"] for line in accepted.splitlines()] == [
        "our player",
        "a new supplier",
    ]
    run("quarantine", "accept", "--undo", 1, "--shop", shop)
    assert isinstance(run("quarantine", "accept", "--undo", 1, "--shop", shop).exception, NotFound)
    assert len(before.read_text(encoding="utf-8").splitlines()) == 3  # nothing is rewritten
    assert PLAYER not in run("quarantine", "notes", "--accepted", "--shop", shop).stdout
    run("check", "--shop", shop)
    assert noted(shop) == {"unlike_its_history"}
    assert actions(shop) == [
        ("quarantine.accept", "our player"),
        ("quarantine.accept", "a new supplier"),
        ("quarantine.undo_accept", "taken back"),
    ]


def test_the_page_lists_notes_accepts_one_with_a_reason_and_takes_it_back(
    shop: Path, client: TestClient
) -> None:
    make_account(shop, "carol", Role.MERCHANDISER)
    carol = Browser(client).logged_in("carol")
    page = carol.get(PAGE)
    assert PLAYER in page.text
    assert "分组提示" in carol.get(f"{PAGE}?language=zh").text
    [key, _] = re.findall(r'name="note" value="([0-9a-f]{12})"', page.text)
    form = {"csrf": csrf_in(page), "note": key, "until": ""}

    def send(**typed: str) -> Any:
        return carol.post(PAGE, form | typed)

    carol.get(f"{PAGE}?language=en")
    for typed, problem in (
        ({"why": " "}, "no reason was given"),
        ({"why": "x", "until": "2025-01-01"}, "cannot end"),
        ({"why": "x", "note": "0" * 12}, "made no note"),
        ({"undo": "7"}, "no verdict 7"),
        ({"undo": "x"}, "no verdict 0"),
    ):
        answer = send(**typed)
        assert answer.status_code in (404, 422)
        assert problem in answer.text
    assert 'value="x" maxlength' in send(why="x", until="2025-01-01").text  # what was typed stays
    answer = send(why="<b>our player</b>", until="2025-04-30")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=accept#notes")
    page = carol.get(answer.headers["location"]).text
    assert "The note was accepted" in page
    assert "accepted by carol" in page
    assert "&lt;b&gt;our player&lt;/b&gt; · until 2025-04-30" in page
    assert key not in page
    assert send(why="again").status_code == 409
    run("check", "--shop", shop)
    assert noted(shop) == {"unlike_the_catalogue"}
    assert send(undo="1").headers["location"] == f"{PAGE}?done=undo_accept#notes"
    run("check", "--shop", shop)
    assert noted(shop) == {"unlike_the_catalogue", "unlike_its_history"}
    assert [action for action, _ in actions(shop)] == [
        "quarantine.accept",
        "quarantine.undo_accept",
    ]


def test_only_who_may_decide_accepts_and_no_other_site_does(shop: Path, client: TestClient) -> None:
    for name, role in (("vic", Role.VIEWER), ("carol", Role.MERCHANDISER)):
        make_account(shop, name, role)
        browser = Browser(client).logged_in(name)
        form = {"note": "1", "why": "x", "csrf": browser.csrf if name == "vic" else ""}
        assert browser.post(PAGE, form).status_code == 403
    form = {"note": "1", "why": "x", "csrf": browser.csrf}
    assert browser.post(PAGE, form, headers={"Origin": "http://elsewhere"}).status_code == 403
    assert actions(shop) == []
