"""What is only noted is shown, counted and may stop; one bot is one finding; reports name files, times and themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only
from typer.testing import CliRunner, Result

from baihuo.cli import context
from baihuo.cli.app import app
from baihuo.core import QualityStop

START = datetime(2025, 6, 2, tzinfo=UTC)
N_BOT = 1_500


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, [str(w) for w in words])


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles made by an earlier test keep the width of that time."""
    for console in (context.stdout, context.stderr):
        monkeypatch.setattr(console, "_width", 160)


def events() -> Iterator[str]:
    """Five weeks of three visits an hour; the day of 1 July is lost, and a program clicks every two seconds on the 20th of June."""
    yield "event_id,event_type,visitor_id,time,product_id"
    for hour in range(5 * 168):
        at = START + timedelta(hours=hour)
        if at.date().isoformat() == "2025-07-01":
            continue
        for n in range(3):
            for act, kind in enumerate(("view", "click")):
                time = at + timedelta(minutes=7 * n + 3 * act, seconds=(hour * 7 + n * 13) % 60)
                yield f"e{hour}-{n}-{act},{kind},v{hour}-{n},{time:%Y-%m-%dT%H:%M:%SZ},p{(hour + n) % 40}"
    for n in range(N_BOT):
        time = datetime(2025, 6, 20, 3, tzinfo=UTC) + timedelta(seconds=2 * n)
        yield f"b{n},click,crawler,{time:%Y-%m-%dT%H:%M:%SZ},p{n % 40}"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "june.csv"
    path.write_text("\n".join(events()) + "\n")
    return path


def rules(folder: Path, text: str = "") -> Path:
    path = folder / "rules.yaml"
    skipped = list(only("personal", "traffic", "sessions", "coverage").skip)
    path.write_text(f"traffic: {{warn_above: null, stop_above: null}}\nskip: {skipped}\n{text}")
    return path


def check(log: Path, out: Path, rules_file: Path, *more: str) -> Result:
    return run("check", "--events", log, "--out", out, "--rules", rules_file, *more)


def test_a_lost_day_is_never_nothing_to_do(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = check(log, out, rules(tmp_path))
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "nothing to do" not in words
    idle = words.partition("nothing found: ")[2]
    assert idle
    assert "coverage" not in idle.split("events: in all")[0]
    assert re.search(r"hole_in_log 1\b", words)
    assert f"warn, 1 only noted; report: {out / 'report.html'}" in words
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    assert report["noted"] == {"hole_in_log": 1}
    assert report["tables"]["events"]["n_noted"] == 1
    assert report["verdict"] == "warn"
    assert report["files"] == [
        {"import_id": 1, "name": "june.csv", "table": "events", "n_rows": (34 * 24) * 6 + N_BOT}
    ]
    page = (out / "report.html").read_text()
    assert "1 finding was only noted" in page
    assert "Noted: nothing was changed, a person decides" in page
    assert "june.csv" in page
    assert "2025-06-30T23" in page
    assert check(log, out, rules(tmp_path), "--fail-on", "warn").exit_code == 3


def test_one_bot_is_one_finding_with_its_rows(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = check(log, out, rules(tmp_path))
    report = json.loads((out / "report.json").read_text())
    [bot] = [f for f in report["findings"] if f["check"] == "bot"]
    assert (bot["n_findings"], bot["n_rows"]) == (1, N_BOT)
    [fault] = bot["largest"]
    assert (fault["of"], fault["n_rows"], len(fault["row_ids"])) == ("crawler", N_BOT, 20)
    rows = pq.read_table(out / "findings.parquet", filters=[("check", "=", "bot")])
    assert set(fault["row_ids"]) < set(rows["row_id"].to_pylist())
    assert "bot, 1 finding" in " ".join(done.output.split())
    page = (out / "report.html").read_text()
    assert "1 finding, 1,500 rows, quarantine" in page
    assert f"{N_BOT - 20:,} more in findings.parquet" in page
    assert "2025-06-20 03:00:00 UTC" in page, "a time is shown as a time"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("notes: {stop_above: {hole_in_log: 0}}", "notes.stop_above.hole_in_log allows 0"),
        ("max_noted: 0.0001", "max_noted allows 0.0%"),
    ],
)
def test_notes_stop_where_the_shop_says_so(log: Path, tmp_path: Path, text: str, says: str) -> None:
    out = tmp_path / "out"
    stopped = check(log, out, rules(tmp_path, text)).exception
    assert isinstance(stopped, QualityStop)
    assert says in stopped.what
    assert str(out / "report.html") in stopped.fix, "files are in no shop: there is no 2-clean"


def test_notes_that_are_allowed_are_still_said(log: Path, tmp_path: Path) -> None:
    done = check(log, tmp_path / "out", rules(tmp_path, "notes: {warn_above: {}}"))
    assert "ok, 1 only noted" in " ".join(done.output.split())
    assert json.loads((tmp_path / "out" / "report.json").read_text())["noted"] == {"hole_in_log": 1}


def test_every_masked_cell_is_a_finding_and_its_value_nowhere(tmp_path: Path) -> None:
    """An import masks before anything is written, and said nothing of it."""
    phone, mail = "13812345678", "anna.b@example.org"
    file, out, shop = tmp_path / "typed.csv", tmp_path / "out", tmp_path / "shop"
    rows = [
        ("search", f"手机 {phone}", "", "web"),
        ("search", "red lamp", "", "web"),
        ("review", "", f"write to {mail} or {phone}", "web"),
        ("search", "desk", "", f"app of {mail}"),
    ]
    file.write_text(
        "event_id,event_type,visitor_id,time,query,text,platform,rating,product_id\n"
        + "".join(
            f"e{n},{kind},v{n},2025-06-0{n + 1}T12:00:00Z,{query},{text},{platform},{5 if text else ''},p1\n"
            for n, (kind, query, text, platform) in enumerate(rows)
        )
    )
    done = check(file, out, rules(tmp_path, "personal: {warn_above: null}"))
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "events: typed.csv 4 4 0 0 3 phone 2 email 2" in words
    assert "personal_data 3" in words
    found = pq.read_table(out / "findings.parquet").to_pylist()
    masked = {f["row_id"]: json.loads(f["detail"]) for f in found if f["check"] == "personal_data"}
    assert {k: (d["field"], d["kinds"], d["masked"]) for k, d in masked.items()} == {
        "1:2": ("query_text", ["phone"], "by the import"),
        "1:4": ("text", ["email", "phone"], "by the import"),
        "1:5": ("platform", ["email"], "by the import"),
    }
    report = json.loads((out / "report.json").read_text())
    assert report["tables"]["events"]["n_repaired"] == 3
    written = [p.read_bytes() for p in out.rglob("*") if p.is_file()]
    assert not any(secret.encode() in text for text in written for secret in (phone, mail))
    run("import", file, "--shop", shop)
    run(
        "check", "--shop", shop
    )  # without products training is stopped; findings are written all the same
    story = " ".join(run("lineage", "1:4", "--shop", shop).output.split())
    assert "repair by personal_data" in story
    assert '"kinds": ["email", "phone"]' in story
    assert "2025-06-03 12:00:00 UTC" in story
    assert phone not in story
