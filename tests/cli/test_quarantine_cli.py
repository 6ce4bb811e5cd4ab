"""Quarantine on the command line: rows leave as a file, come back mended, and cannot steer the terminal."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baihuo.cli.app import app
from baihuo.cli.tables.rows import printable
from baihuo.core import BadInput


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(w) for w in words])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop with one event in quarantine, whose id is markup, turns text around and clears a screen."""
    events, products = tmp_path / "events.jsonl", tmp_path / "products.jsonl"
    products.write_text('{"product_id": "p1", "title": "One"}\n')
    said = {
        "event_type": "purchase",
        "visitor_id": "v",
        "product_id": "p1",
        "time": "2025-06-01T12:00:00Z",
    }
    rows = [
        {**said, "event_id": "good", "quantity": 1},
        {**said, "event_id": "[/b]\u202e\x1b[2J", "quantity": 0, "time": "2025-06-02T12:00:00Z"},
    ]
    events.write_text("".join(json.dumps(r) + "\n" for r in rows))
    folder = tmp_path / "shop"
    assert run("import", products, events, "--shop", folder).exit_code == 0
    run("check", "--shop", folder)
    return folder


def test_what_is_in_a_row_cannot_steer_the_terminal(shop: Path) -> None:
    for words in (["quarantine", "list"], ["quarantine", "show", "2:2"], ["lineage", "2:2"]):
        done = run(*words, "--shop", shop)
        assert done.exit_code == 0, done.output
        assert not {"\x1b", "\u202e"} & set(done.output), words
        assert r"[/b]\u202e" in done.output, words


def test_rows_go_out_as_csv_and_come_back_fixed(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "to-fix.csv"
    done = run("quarantine", "export", file, "--shop", shop)
    assert (done.exit_code, "1 rows in" in done.output) == (0, True), done.output
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    rows[0]["quantity"] = "3"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    fix = (
        "quarantine",
        "fix",
        "--file",
        file,
        "--why",
        "looked up",
        "--by",
        "ann",
        "--shop",
        shop,
    )
    tried = run(*fix, "--dry-run")
    assert "quantity: '0' → '3'" in tried.output
    assert "1 would be sent in" in tried.output
    assert run(*fix).stdout == "3:1\n"
    assert "0 sent in" in run(*fix).output  # it waits for the next check
    run("check", "--shop", shop)
    assert run("quarantine", "list", "--json", "--shop", shop).stdout == ""


def test_all_rows_of_one_check_are_fixed_alike_and_once(shop: Path) -> None:
    fix = ("quarantine", "fix", "--check", "bad_quantity", "--why", "single pieces", "--shop", shop)
    one = (*fix, "--set", "quantity=1")
    tried = run(*one, "--dry-run")
    assert "quantity: '0' → '1'" in tried.output
    assert "1 would be sent in" in tried.output
    assert isinstance(run(*fix).exception, BadInput)  # nothing to set
    assert run(*one).stdout == "3:1\n"
    assert "0 sent in" in run(*one).output
    run("check", "--shop", shop)
    assert run("quarantine", "list", "--json", "--shop", shop).stdout == ""
    assert "0 sent in" in run(*one).output


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["3:1", "--file", "a.csv"],
        ["--file", "a.csv", "--set", "a=b"],
        ["3:1", "--check", "bad_quantity"],
    ],
)
def test_a_row_or_a_file_is_fixed_and_not_both(tmp_path: Path, words: list[str]) -> None:
    done = run("quarantine", "fix", *words, "--why", "x", "--shop", tmp_path)
    assert isinstance(done.exception, BadInput)


def test_printable_text_keeps_lines_and_letters() -> None:
    assert printable("手机\nمرحبا 👩‍👩‍👧\té") == "手机\nمرحبا 👩‍👩‍👧\té"


def test_a_check_that_took_no_row_is_answered_with_those_that_did(shop: Path) -> None:
    done = run("quarantine", "list", "--check", "no_such_check", "--shop", shop)
    assert done.exit_code == 0
    assert "no row is in quarantine by 'no_such_check'" in done.output
    by_check = json.loads(run("quarantine", "list", "--json", "--shop", shop).stdout)["check"]
    assert by_check in done.output
