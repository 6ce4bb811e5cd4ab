"""The commands of data quality as a scheduler and a person meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo.cli import app as module
from baihuo.cli.app import app, main
from baihuo.cli.context import exit_code
from baihuo.core import BadInput, Conflict, GateClosed, NotFound, QualityStop, ShopError

AT = "2025-06-01T12:{:02}:00Z"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    rows: list[dict[str, object]] = [
        {
            "event_id": f"e{i}",
            "event_type": "click",
            "visitor_id": f"v{i}",
            "product_id": "p1",
            "time": AT.format(i),
        }
        for i in range(9)
    ]
    rows.append({**rows[0], "event_id": "bad", "event_type": "purchase", "quantity": 0})
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "products.jsonl"
    path.write_text('{"product_id": "p1", "title": "One"}\n')
    return path


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(w) for w in words])


def code_of(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """What the shell would see."""
    monkeypatch.setattr("sys.argv", ["baihuo", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return code if isinstance(code, int) else 0


def test_exit_codes_tell_a_scheduler_what_happened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: Path, catalogue: Path
) -> None:
    files = ("check", "--events", log, "--products", catalogue, "--out", tmp_path / "out")
    rules = tmp_path / "quality.yaml"
    few_checks(rules, "schema", schema={"warn_above": 0.05, "stop_above": 0.5})
    assert code_of(monkeypatch, *files, "--rules", rules) == 0
    assert code_of(monkeypatch, *files, "--rules", rules, "--fail-on", "warn") == 3
    few_checks(rules, "schema", schema={"warn_above": 0.05, "stop_above": 0.06})
    assert code_of(monkeypatch, *files, "--rules", rules) == 4
    few_checks(rules, "schema", schema={"warn_above": 0.05, "stop_above": 0.06, "then": "warn"})
    assert code_of(monkeypatch, *files, "--rules", rules) == 0
    assert code_of(monkeypatch, *files, "--fail-on", "never") == 2
    assert code_of(monkeypatch, *files, "--colour", "red") == 2
    assert code_of(monkeypatch, "check", "--events", log) == 2
    assert (
        code_of(monkeypatch, "check", "--events", tmp_path / "no", "--out", tmp_path / "out") == 2
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (QualityStop("x", fix="y"), 4),
        (GateClosed("x", fix="y"), 5),
        (Conflict("x", fix="y"), 1),
        (ShopError("the disk is full", fix="y"), 1),
        (BadInput("x", fix="y"), 2),
        (NotFound("x", fix="y"), 2),
    ],
)
def test_every_error_has_its_code(error: ShopError, code: int) -> None:
    assert exit_code(error) == code
    assert "5 refused by the gate" in " ".join((module.__doc__ or "").split())


def test_checking_files_prints_what_came_in_and_what_became_of_it(
    tmp_path: Path, log: Path, catalogue: Path
) -> None:
    few_checks(tmp_path / "rules.yaml", "schema", "duplicates")
    files = ("--events", log, "--products", catalogue, "--rules", tmp_path / "rules.yaml")
    done = run("check", *files, "--out", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["tables"]["events"]["n_in"] == 10
    done = run("check", *files, "--out", tmp_path / "out")
    for words in ("events: log.jsonl", "bad_quantity", "events: in all", "nothing found"):
        assert words in done.stdout


def test_a_row_goes_from_quarantine_to_clean_by_commands_alone(
    tmp_path: Path, log: Path, catalogue: Path
) -> None:
    shop = tmp_path / "shop"
    assert run("import", catalogue, log, "--shop", shop).exit_code == 0
    few_checks(shop / "quality.yaml", "schema")
    assert run("check", "--shop", shop).exit_code == 0
    listed = run("quarantine", "list", "--shop", shop)
    assert "bad_quantity" in listed.stdout
    assert "2:10" in listed.stdout
    [line] = run("quarantine", "list", "--shop", shop, "--json").stdout.splitlines()
    assert json.loads(line)["values"]["event_id"] == "bad"
    shown = run("quarantine", "show", "2:10", "--shop", shop)
    for words in ("quantity: 0", "no customer buys or returns so many", "fix:"):
        assert words in shown.stdout
    fixed = run(
        "quarantine",
        "fix",
        "2:10",
        "--set",
        "quantity=3",
        "--why",
        "till",
        "--by",
        "ann",
        "--shop",
        shop,
    )
    assert fixed.stdout.strip() == "3:1"
    assert "sent back in as 3:1" in run("quarantine", "show", "2:10", "--shop", shop).stdout
    assert run("check", "--shop", shop).exit_code == 0
    story = run("lineage", "2:10", "--shop", shop).stdout
    assert "merged into 3:1 by superseded" in story
    story = run("lineage", "3:1", "--shop", shop).stdout
    for words in ("fixed by ann", "quantity: 0 → 3", "clean"):
        assert words in story
    assert json.loads(run("lineage", "3:1", "--shop", shop, "--json").stdout)["now"] == "clean"
    assert isinstance(
        run("quarantine", "release", "2:10", "--why", "x", "--shop", shop).exception, Conflict
    )


def test_a_check_of_the_shop_itself_is_explained(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "ours.sql").write_text(
        "-- table: events\n-- why: we know\n-- fix: do it\nSELECT import_id, line FROM events\n"
    )
    (tmp_path / "quality.yaml").write_text("owner: me\n")
    assert "why: we know" in run("check", "--explain", "ours", "--shop", tmp_path).stdout
    assert "max_quantity" in run("check", "--default-rules").stdout


def test_the_flag_of_an_earlier_version_works_and_is_not_listed(
    tmp_path: Path, catalogue: Path
) -> None:
    shop = tmp_path / "shop"
    run("import", catalogue, "--shop", shop)
    few_checks(shop / "quality.yaml", "schema")
    for flag in ("--full", "--anew"):
        assert run("check", flag, "--shop", shop).exit_code == 0
    assert "--anew" not in run("check", "--help").stdout
