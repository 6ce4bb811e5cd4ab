"""``baihuo exam`` as a person and a scheduler meet it: on the small example shop, and on a simulated one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo.cli.app import app
from baihuo.core import BadInput, QualityStop

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example"
FILES = ["--events", str(EXAMPLE / "events.csv"), "--products", str(EXAMPLE / "products.csv")]
MAPS = ["--map", "visitor_id=shopper", "--map", "product_id=article", "--map", "title=label"]
READING = [*FILES, *MAPS, "--currency", "EUR"]
SMALL = ("--independent", "--max-events", 320, "--max-products", 160)


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, ["exam", *map(str, words)])


def test_a_shop_is_examined_into_a_folder_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAIHUO_SHOP", str(tmp_path / "shop"))
    out, files = tmp_path / "exam", [FILES[1], FILES[3]]
    imported = CliRunner().invoke(app, ["import", *files, *MAPS, "--currency", "EUR"])
    assert imported.exit_code == 0, imported.output
    few_checks(tmp_path / "shop" / "quality.yaml", "schema", min_events=3)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "shop").rglob("*")}
    kinds = "quantity_negative,paid_far_off"
    done = run("--checks", kinds, "--faults", 4, "--out", out, "--fail-under", 0.9)
    body = json.loads((out / "exam.json").read_text())
    assert (body["exam"], body["seeds"], body["copies"]) == ("own rows", [7], 1)
    assert {name: part["n"] for name, part in body["clean_copy"].items()} == {
        "events": 1440,
        "products": 40,
    }
    scores = {check["check"]: check for check in body["checks"]}
    assert set(scores) == {"bad_quantity", "price_outlier"}
    assert scores["bad_quantity"]["n_injected"] == scores["bad_quantity"]["n_found"] == 4
    assert scores["bad_quantity"]["precision"]["value"] == 1
    assert scores["price_outlier"]["recall"]["value"] == 0  # this shop's rules skip it
    assert "<h2>Checks</h2>" in (out / "exam.html").read_text()
    assert "1.00 .51–1.00" in done.stdout
    assert isinstance(done.exception, QualityStop)
    assert "recall of price_outlier is 0.00" in done.exception.what
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "shop").rglob("*")} == before


def test_dirt_is_planted_checked_as_a_user_checks_and_graded(tmp_path: Path) -> None:
    out, rules = tmp_path / "exam", tmp_path / "quality.yaml"
    few_checks(rules, "schema", "text")
    kinds = "zero_width,visitor_missing"
    done = run(*SMALL, "--checks", kinds, "--seed", 3, "--out", out, "--rules", rules)
    assert done.exit_code == 0, done.output
    assert "zero_width" in done.stdout
    assert "kinds found completely" in done.stdout
    body = json.loads((out / "independent.json").read_text(encoding="utf-8"))
    by_name = {k["kind"]: k for k in body["kinds"]}
    # a letter that nobody sees is taken out, so the clean title comes back; an event of nobody goes
    assert by_name["zero_width"]["planted"] == by_name["zero_width"]["right_action"] == 30
    assert by_name["zero_width"]["what_was_done"] == {"hidden_characters repair": 30}
    assert by_name["visitor_missing"]["what_was_done"] == {"no_visitor quarantine": 30}
    assert body["actions"]["quarantine"]["n_right"] >= 30
    assert body["seeds_are_for"] == "choosing"
    assert "<h1>Independent exam</h1>" in (out / "independent.html").read_text(encoding="utf-8")


def test_seeds_for_choosing_and_for_reporting_are_kept_apart() -> None:
    for seeds in (("--seed", 500), ("--seed", 1, "--seed", 1000), ("--seed", 0)):
        done = run(*SMALL, *seeds)
        assert isinstance(done.exception, BadInput)
        assert "--seed" in done.exception.what


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--shop", "{}", "--currency", "EUR"], "--currency"),
        (["--shop", "{}"], "no rows"),
        ([*READING, "--checks", "same_idd"], "same_idd"),
        ([*SMALL, "--checks", "no_such_kind"], "no_such_kind"),
        ([*SMALL, "--data", "{}/gone.csv"], "gone.csv"),
        ([*SMALL, "--data", "{}/other.csv"], "other.csv"),
        (["--independent", "--events", "{}/other.csv"], "separate shop"),
        (["--data", "{}/other.csv"], "--independent"),
    ],
)
def test_bad_options_are_named(words: list[object], named: str, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    error = run(*(str(word).format(tmp_path) for word in words)).exception
    assert isinstance(error, BadInput)
    assert named in f"{error.what} {error.fix}"
