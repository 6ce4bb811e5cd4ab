"""``baihuo exam --independent`` as a person meets it, on a small shop of its own."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from baihuo.cli.app import app
from baihuo.core import BadInput

SMALL = ("--max-events", 320, "--max-products", 160)


def run(*words: object) -> Result:
    command = ["exam", "--independent", *map(str, words)]
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, command)


def test_dirt_is_planted_checked_as_a_user_checks_and_graded(tmp_path: Path) -> None:
    out = tmp_path / "exam"
    kinds = "zero_width,visitor_missing"
    done = run(*SMALL, "--checks", kinds, "--seed", 3, "--out", out)
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
        done = run(*seeds)
        assert isinstance(done.exception, BadInput)
        assert "--seed" in done.exception.what


def test_bad_options_are_named(tmp_path: Path) -> None:
    unknown = run("--checks", "no_such_kind")
    assert isinstance(unknown.exception, BadInput)
    assert "no_such_kind" in unknown.exception.what
    missing = run("--data", tmp_path / "gone.csv")
    assert isinstance(missing.exception, BadInput)
    assert "gone.csv" in missing.exception.what
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    not_read = run("--data", other)
    assert isinstance(not_read.exception, BadInput)
    assert "other.csv" in not_read.exception.what
    with_files = run("--events", other)
    assert isinstance(with_files.exception, BadInput)
    assert "separate shop" in with_files.exception.what


def test_its_options_are_refused_without_it() -> None:
    done = CliRunner().invoke(app, ["exam", "--data", "x.csv"])
    assert isinstance(done.exception, BadInput)
    assert "--independent" in done.exception.fix
