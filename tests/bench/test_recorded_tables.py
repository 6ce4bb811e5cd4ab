"""What recorded tables say: no false alarm as a dash, nothing claimed of three faults, nothing newer than its code."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from suites.tables.age import measured_paths, old_tables
from suites.tables.figures import figures
from suites.tables.near_duplicates import near_duplicates
from suites.tables.quality import quality

ROOT = Path(__file__).resolve().parents[2]


def mark(check: str, **more: Any) -> dict[str, Any]:
    line = {"data": "till", "check": check, "precision": 1.0, "recall": 1.0, "asked": 0.9}
    return {**line, "n_planted": 60, "n_found": 60, "is_met": True, **more}


def test_false_alarms_and_a_handful_of_faults_are_not_met() -> None:
    rows = [
        {"data": "till", "rows": 1_000, "real_dirt": 0.01, "ground_rows": 900},
        mark("good"),
        mark("eager", n_planted=0, n_found=8, precision=0.0, recall=0.0, is_met=False),
        mark("lucky", n_planted=2, n_found=2),
        mark("blind", recall=0.2, is_met=False),
        {"data": "till", "checks": 4, "met": 2},
    ]
    said = quality(rows)
    assert "| `eager` | 0.9 | **– (8 wrong)** |" in said
    assert "| `lucky` | 0.9 | 1.000 / 1.000 of 2 (0.34–1.00) |" in said
    assert "**1.000 / 0.200 of 60**" in said
    assert (
        "1 of 3 checks met (1 found something where nothing was planted), 1 with fewer than 30 faults"
        in said
    )


def test_sure_copies_say_which_copies_they_leave_out() -> None:
    of_run = {"system": "step", "n": 1_000, "pair_recall": 1.0}
    rows = [
        {"system": "step", "n": 1_000, "wall_s": 1.0, "cpu_s": 1.0, "peak_mb": 9},
        {**of_run, "kind": "listed again in a hurry", "n_planted": 100, "merge_recall": 0.0},
        {**of_run, "kind": "listed again with a slip", "n_planted": 300, "merge_recall": 1.0},
    ]
    assert "1.000 without 100 of 400 copies (0.750 with them)" in near_duplicates(rows)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git: apt-get install git")
def test_a_table_is_old_once_its_code_changed(tmp_path: Path) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *who, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        git("add", "-A")
        git("commit", "-qm", f"about {path}")

    git("init", "-q")
    write("bench/speed.py", "from suites.one import a\nfrom baihuo import rank\n")
    write("bench/suites/one.py", "import baihuo.index.build\n")
    write("src/baihuo/rank/page.py", "")
    meta = {"commit": git("rev-parse", "--short", "HEAD")}
    write("bench/results/speed.jsonl", json.dumps({"meta": meta}) + "\n")
    assert measured_paths(tmp_path, "speed") == [
        "bench/speed.py",
        "bench/suites/one.py",
        "src/baihuo/index",
        "src/baihuo/rank",
    ]
    write("src/baihuo/serve/app.py", "")
    assert old_tables(tmp_path, str) == []
    write("src/baihuo/rank/page.py", "x = 1\n")
    [old] = old_tables(tmp_path, str)
    assert (old.name, old.commit, old.n_commits) == ("speed", meta["commit"], 1)
    assert "about src/baihuo/rank/page.py" in old.words
    write("bench/results/speed.jsonl", json.dumps({"meta": {"commit": "0123abc"}}) + "\n")
    assert "not in this history" in old_tables(tmp_path, str)[0].words


def test_every_table_names_a_script_that_measures_something() -> None:
    from record import script

    for file in (ROOT / "bench" / "results").glob("*.jsonl"):
        assert measured_paths(ROOT, script(file.stem)), file.stem


def test_the_independent_exam_is_recorded_with_the_seeds_that_are_given() -> None:
    from record import _commands

    given = _commands(ROOT, ROOT, [1010, 1011])
    for name in ("independent", "independent_icecat", "independent_retail"):
        assert given[name][:3] == ["--seeds", "1010", "1011"]
    seeds = [int(seed) for seed in _commands(ROOT, ROOT)["independent"][1:]]
    assert len(seeds) == 3
    assert min(seeds) >= 1_000  # those below are for choosing


def test_the_table_of_the_independent_exam_names_the_kinds_that_are_mostly_missed() -> None:
    from suites.tables.independent import independent

    rows: list[dict[str, Any]] = [
        {"total": "kinds found completely", "text": "2 of 3", "seeds": [1010, 1011]}
    ]
    assert "in all (seeds 1010, 1011)" in independent(rows)
    assert "rows: none." in independent(rows)
    rows.append({"kind": "lost_day", "planted": 30, "found": 14})
    assert "rows: `lost_day` 14 of 30." in independent(rows)


def test_what_no_table_draws_is_not_recorded() -> None:
    from suites.tables.recorded import recorded

    total, kind = {"part": "planted_total", "n": 440}, {"part": "planted", "kind": "a", "n": 20}
    printed = "\n".join(json.dumps(row) for row in (total, kind))
    assert [json.loads(line) for line in recorded("assist_tools", printed)] == [total]
    assert list(recorded("ctr", '{"auc": 0.74, "by_seed": [1, 2]}')) == ['{"auc": 0.74}']


def test_the_figure_of_a_page_says_when_it_was_measured_and_whether_with_models(
    tmp_path: Path,
) -> None:
    meta = {"meta": {"commit": "abc1234", "machine": "m", "at": "2026-11-25"}}
    page = {"p50_ms": 9.1, "p99_ms": 38.0, "max_per_s": 169.0, "peak_mb": 661}

    def shown(*rows: dict[str, Any]) -> str:
        lines = [json.dumps(row) for row in (meta, *rows)]
        (tmp_path / "serve.jsonl").write_text("\n".join(lines))
        return figures(tmp_path, None)

    assert "no click models" in shown(page)
    assert "| 2026-11-25, abc1234 |" in shown(page)
    assert "with click models" in shown(page, {"page": "search", "cpu_ratio": 1.05})
