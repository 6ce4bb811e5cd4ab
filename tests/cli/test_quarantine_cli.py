"""Quarantine on the command line: rows leave as a file, come back mended, and cannot steer the terminal."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo.cli.app import app
from baihuo.cli.tables import printable
from baihuo.core import BadInput, NotFound
from baihuo.quality.decided import deciding
from baihuo.quality.quarantine.quarantined import read_rejected


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(w) for w in words])


@pytest.fixture
def shop(checked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checked, tmp_path / "shop"))


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with one event in quarantine, whose id is markup, turns text around and clears a screen."""
    tmp_path = tmp_path_factory.mktemp("checked")
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
    few_checks(folder / "quality.yaml", "schema", "orphans")
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
    rejected = run("quarantine", "list", "--rejected", "--check", by_check, "--shop", shop)
    assert f"no row is rejected by '{by_check}'; none is rejected at all" in rejected.output


def fixing(shop: Path, *words: object) -> Result:
    return run("quarantine", "fix", *words, "--why", "till", "--shop", shop)


def waiting(shop: Path) -> list[dict[str, object]]:
    shown = run("quarantine", "list", "--json", "--shop", shop).stdout
    return [json.loads(line) for line in shown.splitlines()]


def test_a_dry_run_of_one_row_says_what_the_checks_say_and_sends_nothing(shop: Path) -> None:
    """It was sent in all the same before."""
    right = fixing(shop, "2:2", "--set", "quantity=2", "--dry-run")
    assert (right.exit_code, "would be used" in right.output) == (0, True), right.output
    wrong = fixing(shop, "2:2", "--set", "quantity=-2", "--dry-run")
    assert (wrong.exit_code, "quarantine by bad_quantity" in wrong.output) == (1, True)
    refused = fixing(shop, "2:2", "--set", "quantity=two", "--dry-run")
    assert (refused.exit_code, "would be refused by the import" in refused.output) == (1, True)
    assert "two" in refused.output
    [row] = waiting(shop)
    assert row["waiting"] is None


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("words", "named", "fix"),
    [
        (["--check", "bad_quantty", "--set", "quantity=1"], "'bad_quantty'", "bad_quantity"),
        (["--check", "bad_quantity", "--set", "colour=red"], "'colour'", "one of event_id"),
        (["--check", "bad_quantity"], "nothing to fix", "--set field=value"),
        (["--check", "bad_quantity", "--set", "quantity"], "'quantity'", "--set field=value"),
        (["2:2", "--set", "quantity=1", "--set", "quantity=2"], "quantity twice", "once"),
        (["2:2", "--set", "colour=red"], "'colour'", "one of event_id"),
        (["9:9", "--set", "quantity=1"], "'9:9'", "quarantine list"),
    ],
)
def test_a_wrong_fix_is_an_error_that_names_field_and_fix(
    shop: Path, words: list[str], named: str, fix: str, dry: list[str]
) -> None:
    done = fixing(shop, *words, *dry)
    assert isinstance(done.exception, BadInput | NotFound), done.output
    assert named in str(done.exception)
    assert fix in str(done.exception)
    assert [row["waiting"] for row in waiting(shop)] == [None]


def test_a_rejected_row_leaves_the_list_with_its_reason(shop: Path) -> None:
    done = run("quarantine", "reject", "2:2", "--why", "a test", "--by", "ann", "--shop", shop)
    assert done.exit_code == 0, done.output
    run("check", "--shop", shop)
    assert waiting(shop) == []
    shown = run("quarantine", "list", "--rejected", "--json", "--shop", shop).stdout
    assert json.loads(shown)["rejected"]["by"] == "ann"
    assert "rejected by ann: a test" in run("quarantine", "show", "2:2", "--shop", shop).output
    again = run("quarantine", "reject", "2:2", "--why", "a test", "--shop", shop)
    assert "rejected by ann already" in str(again.exception)
    assert "quarantine.reject" in run("audit", "--shop", shop).output
    without = run("quarantine", "reject", "2:2", "--why", " ", "--shop", shop)
    assert "the reason is missing" in str(without.exception)


def test_a_line_of_a_killed_rejection_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "rejected.jsonl").write_bytes(b'{"table": "events", "row_id": "2:1", "by')
    with deciding(tmp_path / "rejected.jsonl", by="ann", why="w", work="a test") as lines:
        lines.append({"table": "events", "row_id": "2:2"})
    assert list(read_rejected(tmp_path)) == [("events", "2:2")]
