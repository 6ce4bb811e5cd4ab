"""Rows that an import refused, as the report and the gate before training see them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo.cli.app import app, main
from baihuo.core import ShopPaths

HEADER = "event_id,event_type,visitor_id,time,product_id\n"


def line(i: int, *, time: str | None = None) -> str:
    at = f"2025-06-{1 + i // 100:02}T12:{i % 60:02}:00Z" if time is None else time
    return f"e{i},click,v{i % 50},{at},p{i % 4}\n"


def log_of(path: Path, *, n_good: int, n_bad: int) -> Path:
    """A log whose clock was written in words in its last rows."""
    good = [line(i) for i in range(n_good)]
    bad = [line(n_good + i, time="yesterday") for i in range(n_bad)]
    path.write_text(HEADER + "".join([*good, *bad]))
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop with a catalogue of four products."""
    folder = tmp_path / "shop"
    words = ("Lamp", "Chair", "Kettle", "Scarf")
    catalogue = tmp_path / "products.csv"
    catalogue.write_text("product_id,title\n" + "".join(f"p{i},{w}\n" for i, w in enumerate(words)))
    assert run("import", catalogue, "--shop", folder).exit_code == 0
    few_checks(ShopPaths(folder).rules_file, "schema", "orphans")
    return folder


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(w) for w in words])


def code_of(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """What the shell would see."""
    monkeypatch.setattr("sys.argv", ["baihuo", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def report_of(shop: Path) -> dict[str, Any]:
    return dict(json.loads(ShopPaths(shop).quality_report.read_text()))


def test_more_refused_rows_than_allowed_stop_training_and_the_reason_is_named(
    shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("import", log_of(tmp_path / "log.csv", n_good=200, n_bad=1_800), "--shop", shop)
    assert code_of(monkeypatch, "check", "--shop", shop) == 4
    told = capsys.readouterr()
    for words in ("events: refused at import", "bad_time", "1,800"):
        assert words in told.out
    said = " ".join(told.err.split())
    assert "1,800 of 2,000 rows were refused at import, all of them for bad_time" in said
    assert "baihuo quarantine list --check bad_time" in said
    assert code_of(monkeypatch, "train", "--shop", shop) == 4
    report = report_of(shop)
    assert report["verdict"] == "stop"
    assert report["refused"] == [
        {"table": "events", "n_read": 2000, "n_refused": 1800, "reasons": {"bad_time": 1800}}
    ]
    page = (ShopPaths(shop).clean / "report.html").read_text()
    assert "Refused at import" in page
    assert "bad_time" in page
    assert "1,800" in run("quarantine", "list", "--shop", shop).stdout


def test_files_alone_are_stopped_by_refused_rows_too(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log.csv", n_good=20, n_bad=180)
    few_checks(tmp_path / "rules.yaml", "schema")
    rules = ("--rules", tmp_path / "rules.yaml")
    done = run("check", "--events", log, "--out", tmp_path / "out", "--json", *rules)
    assert done.exit_code == 1  # the error that the shell sees as 4
    assert "refused at import" in str(done.exception)
    assert json.loads(done.stdout)["refused"][0]["n_refused"] == 180


def test_refused_rows_of_products_count_as_well(tmp_path: Path) -> None:
    bad = tmp_path / "products.csv"
    bad.write_text("product_id,title\np1,Lamp\n" + ",Nameless\n" * 9)
    shop = tmp_path / "shop"
    run("import", bad, "--shop", shop)
    few_checks(ShopPaths(shop).rules_file, "schema")
    done = run("check", "--shop", shop)
    assert "9 of 10 rows were refused at import, all of them for no_product_id" in str(
        done.exception
    )


def test_a_row_that_a_person_fixed_counts_no_longer(shop: Path, tmp_path: Path) -> None:
    few_checks(shop / "quality.yaml", "schema", "orphans", max_quarantined=0.01)
    names = HEADER.strip().split(",")
    cells = [*(line(i) for i in range(98)), *(line(98 + i, time="yesterday") for i in range(2))]
    log = tmp_path / "log.jsonl"
    log.write_text(
        "".join(
            json.dumps(dict(zip(names, c.strip().split(","), strict=True))) + "\n" for c in cells
        )
    )
    run("import", log, "--shop", shop)
    assert run("check", "--shop", shop).exit_code != 0
    time = ("--set", "time=2025-06-02T08:00:00Z", "--why", "till", "--shop", shop)
    assert run("quarantine", "fix", "2:99", *time).exit_code == 0
    assert run("check", "--shop", shop).exit_code == 0
    assert report_of(shop)["refused"][0]["reasons"] == {"bad_time": 1}
    assert run("quarantine", "fix", "2:100", *time).exit_code == 0
    assert run("check", "--shop", shop).exit_code == 0
    assert report_of(shop)["refused"] == []
    assert report_of(shop)["tables"]["events"]["n_kept"] == 100


def test_a_corrected_copy_of_the_file_takes_its_refusals_away(shop: Path, tmp_path: Path) -> None:
    no_limit = {"stop_above": None, "warn_above": None}
    few_checks(shop / "quality.yaml", "duplicates", max_quarantined=0.01, duplicates=no_limit)
    log = log_of(tmp_path / "log.csv", n_good=20, n_bad=80)
    run("import", log, "--shop", shop)
    assert run("check", "--shop", shop).exit_code != 0
    run("import", log_of(log, n_good=100, n_bad=0), "--shop", shop)
    assert run("check", "--shop", shop).exit_code == 0
    assert report_of(shop)["refused"] == []


def test_another_days_export_under_the_same_name_hides_no_refusal(
    shop: Path, tmp_path: Path
) -> None:
    log = log_of(tmp_path / "export.csv", n_good=20, n_bad=80)
    run("import", log, "--shop", shop)
    log.write_text(HEADER + "".join(line(1_000 + i) for i in range(100)))
    run("import", log, "--shop", shop)
    run("check", "--shop", shop)
    [refused] = report_of(shop)["refused"]
    assert (refused["n_read"], refused["n_refused"]) == (200, 80)


def test_the_same_bytes_read_another_way_replace_what_was_refused(
    shop: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    rows = [
        line(i, time="yesterday").strip() + f",2025-06-01T12:{i % 60:02}:00Z\n" for i in range(60)
    ]
    log.write_text(HEADER.strip() + ",when_it_was\n" + "".join(rows))
    run("import", log, "--shop", shop)
    assert run("check", "--shop", shop).exit_code != 0
    assert report_of(shop)["refused"][0]["n_refused"] == 60
    run("import", log, "--map", "occurred_at_us=when_it_was", "--shop", shop)
    assert run("check", "--shop", shop).exit_code == 0
    assert report_of(shop)["refused"] == []


def test_a_good_day_after_a_bad_one_opens_training_again_once_the_share_allows(
    shop: Path, tmp_path: Path
) -> None:
    """Incremental: the second check looks at the new day alone, and counts the refusals of both."""
    run("import", log_of(tmp_path / "monday.csv", n_good=10, n_bad=90), "--shop", shop)
    assert run("check", "--shop", shop).exit_code != 0
    path = tmp_path / "tuesday.csv"
    path.write_text(HEADER + "".join(line(1_000 + i) for i in range(400)))
    run("import", path, "--shop", shop)
    done = run("check", "--shop", shop)
    assert done.exit_code == 0, done.output
    [limit] = [
        x
        for x in report_of(shop)["limits"]
        if (x["name"], x["table"]) == ("max_quarantined", "events")
    ]
    assert limit["measured"] == pytest.approx(90 / 500)
    assert report_of(shop)["refused"][0]["n_read"] == 500


def test_a_catalogue_without_a_log_may_go_on_but_a_log_of_nothing_usable_may_not(
    shop: Path, tmp_path: Path
) -> None:
    done = run("check", "--shop", shop)
    assert done.exit_code == 0
    assert "a catalogue without a log; searches are ordered by relevance" in " ".join(
        done.output.split()
    )
    run("import", log_of(tmp_path / "log.csv", n_good=0, n_bad=5), "--shop", shop)
    done = run("check", "--shop", shop)
    assert "0 clean events; min_events asks for 1" in str(done.exception)
