"""``baihuo exam`` as a person and a scheduler meet it, on the small example shop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound, QualityStop

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example"
FILES = ["--events", str(EXAMPLE / "events.csv"), "--products", str(EXAMPLE / "products.csv")]
MAPS = ["--map", "visitor_id=shopper", "--map", "product_id=article", "--map", "title=label"]
READING = [*FILES, *MAPS, "--currency", "EUR"]


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, ["exam", *map(str, words)])


def test_the_example_files_are_examined_into_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "exam"
    few_checks(tmp_path / "rules.yaml", "schema", "duplicates", "prices", "coverage")
    options = (
        "--checks",
        "same_id,listing_price_outlier,drift",
        "--seed",
        1,
        "--seed",
        2,
        "--out",
        out,
    )
    done = run(*READING, *options, "--fail-under", 0.9, "--rules", tmp_path / "rules.yaml")
    body = json.loads((out / "exam.json").read_text())
    scores = {check["check"]: check for check in body["checks"]}
    assert body["seeds"] == [1, 2]
    assert scores["same_id"]["n_injected"] == scores["same_id"]["n_found"] == 6
    assert scores["drift"]["reason"] == "no fault for it yet"
    # forty products are too few for any check to know a usual price: it misses every fault
    assert scores["listing_price_outlier"]["recall"]["value"] == 0
    assert "<svg" in (out / "exam.html").read_text()
    assert "same_id" in done.stdout
    assert "1.00 .61–1.00" in done.stdout
    assert isinstance(done.exception, QualityStop)
    assert "recall of listing_price_outlier is 0.00" in done.exception.what
    assert not list(EXAMPLE.glob("2-clean"))


def test_a_shop_is_read_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAIHUO_SHOP", str(tmp_path / "shop"))
    files = [FILES[1], FILES[3]]
    imported = CliRunner().invoke(app, ["import", *files, *MAPS, "--currency", "EUR"])
    assert imported.exit_code == 0, imported.output
    few_checks(tmp_path / "shop" / "quality.yaml", "schema", min_events=3)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "shop").rglob("*")}
    done = run("--checks", "bad_quantity", "--faults", 4, "--json")
    assert done.exit_code == 0, done.output
    body = json.loads(done.stdout)
    assert body["rows"] == {"events": 1440, "products": 40}
    assert [c["n_found"] for c in body["checks"]] == [4]
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "shop").rglob("*")} == before


def test_options_of_files_are_refused_for_a_shop_and_unknown_names_are_named(
    tmp_path: Path,
) -> None:
    assert isinstance(run("--shop", tmp_path, "--currency", "EUR").exception, BadInput)
    assert isinstance(run("--shop", tmp_path).exception, BadInput)
    unknown = run(*READING, "--checks", "same_idd").exception
    assert isinstance(unknown, NotFound)
    assert "same_id" in unknown.fix
