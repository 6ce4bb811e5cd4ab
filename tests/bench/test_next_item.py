"""bench/next_item.py, run as a command; and windows that become sequences again."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.core import BadInput
from suites.next_item.data import Window, joined, read_windows

BENCH = Path(__file__).parents[2] / "bench"


@given(st.lists(st.permutations(range(30)).map(lambda p: p[:14]), min_size=1, max_size=4))
def test_sliding_windows_become_the_sequences_that_they_were_cut_from(
    lists: list[list[int]],
) -> None:
    windows = [
        Window(str(visitor), tuple(items[max(0, at - 10) : at]), items[at])
        for visitor, items in enumerate(lists)
        for at in range(1, len(items))
    ]
    assert [items.tolist() for items in joined(windows, n_items=30)] == lists


def test_a_window_that_comes_twice_is_counted_once() -> None:
    windows = [Window("a", (1, 2), 3), Window("a", (1, 2), 3), Window("a", (1, 2, 3), 1)]
    assert [items.tolist() for items in joined(windows, n_items=5)] == [[1, 2, 3, 1]]


def test_a_bad_row_is_named(tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    file.write_text('user_id,history_item_id,item_id\na,"[1]",2\nb,"[9]",1\n')
    with pytest.raises(BadInput, match=r"train.csv: row 3.*catalogue"):
        read_windows(file, n_items=5)


def test_every_system_gets_a_line(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    items = {
        str(i): {"title": f"kind {i % 10} model {i}", "brand": f"Brand {i % 4}", "description": ""}
        for i in range(60)
    }
    (tmp_path / "items.json").write_text(json.dumps(items))
    with (tmp_path / "train.csv").open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["user_id", "history_item_id", "item_id"])
        for visitor in range(150):
            at = int(rng.integers(60))
            own = [at]
            for _ in range(3):
                at = (at + 1) % 60 if rng.random() < 0.7 else int(rng.integers(60))
                rows.writerow([visitor, str(own), at])
                own.append(at)
    done = subprocess.run(
        [
            *(sys.executable, BENCH / "next_item.py", "--items", tmp_path / "items.json"),
            *("--train", tmp_path / "train.csv", "--threads", "1"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    systems = {line["system"]: line for line in lines if "recall10" in line}
    expected = {"popularity", "transitions", "item_knn", "content", "mix", "sasrec", "baihuo"}
    assert systems.keys() == expected
    assert all(0 <= line["ndcg10"] <= line["recall10"] <= 1 for line in systems.values())
    # Seven of ten steps go to the item after: with ten places, who has learned it finds most of them.
    assert systems["baihuo"]["recall10"] > 0.6
    assert set(systems["baihuo"]["vs"]) == expected - {"baihuo"}
