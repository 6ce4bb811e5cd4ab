"""bench/rank.py: requests of a table, our part of the comparison run as it runs it, and what it makes of both."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

import rank
from suites.rank.requests import request_file, table_files

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = pa.table(
        {
            "is_clicked": rng.integers(0, 2, 3000),
            "city": [f"c{i}" for i in rng.integers(0, 9, 3000)],
            "price": [None if i % 9 == 0 else i / 7 for i in range(3000)],
        }
    )
    pacsv.write_csv(rows, tmp_path / "all.csv")
    return tmp_path / "all.csv"


def asked_of(data: Path, folder: Path) -> dict[str, object]:
    given = argparse.Namespace(data=data, label="is_clicked", rows=0, seed=1)
    asked = table_files(given, folder)
    asked["requests"] = str(request_file(asked, folder, n_rows=100))
    return asked


def test_a_file_is_split_in_its_order_and_its_last_rows_are_the_requests(
    data: Path, tmp_path: Path
) -> None:
    asked = asked_of(data, tmp_path)
    assert (asked["categories"], asked["numbers"]) == (["city"], ["price"])
    requests = [json.loads(line) for line in Path(str(asked["requests"])).read_text().splitlines()]
    assert [len(rows) for rows in requests] == [100, 100, 100]
    expected = [row["price"] for row in pacsv.read_csv(data).slice(2700).to_pylist()]
    assert [row["price"] for rows in requests for row in rows] == expected
    assert None in expected


def test_our_part_trains_agrees_with_torch_and_answers_turn_by_turn(
    data: Path, tmp_path: Path
) -> None:
    asked = asked_of(data, tmp_path) | {
        "layers": [8],
        "embedding_size": 4,
        "learning_rate": 0.01,
        "batch_rows": 512,
        "seed": 1,
        "folder": str(tmp_path),
        "whole": False,
    }
    done = subprocess.run(
        [sys.executable, str(BENCH / "rank.py"), "--one", json.dumps(asked)],
        input="2\n5\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=BENCH,
    )
    about, *turns = (json.loads(line) for line in done.stdout.splitlines())
    assert about["max_difference"] < 1e-5
    assert 0.3 < about["auc"] < 0.7  # clicks are drawn by lot
    assert len(turns) == 2
    for turn in turns:
        assert turn["cpu_ms"] == pytest.approx(turn["encode_cpu_ms"] + turn["predict_cpu_ms"])


def test_the_ratio_is_the_median_of_turns_and_other_scores_than_torchs_are_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def turns(*given: float) -> list[dict[str, float]]:
        names = ("cpu_ms", "encode_cpu_ms", "predict_cpu_ms", "of_rows_cpu_ms", "wall_ms")
        return [dict.fromkeys(names, ms) for ms in given]

    both = {
        "baihuo": turns(1, 2, 4),
        "baihuo, whole": turns(1, 2, 4),
        "deepctr-torch": turns(3, 5, 20),
    }
    known = {"auc": 0.7, "log_loss": 0.5, "max_difference": 1e-6, "form": "whole"}
    worth: dict[str, list[dict[str, Any]]] = {system: [dict(known)] for system in both}
    rank._report("8", both, worth, 200)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["speedup"] == last["speedup_of_rows"] == 3
    worth["baihuo"][0]["max_difference"] = 0.001
    with pytest.raises(SystemExit, match=r"differ from those of torch by 0\.001"):
        rank._report("8", both, worth, 200)


def test_help_has_examples_that_start_as_they_are_typed() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH / "rank.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "python bench/rank.py --data impressions.csv --label click" in done.stdout
