"""bench/sequences.py, run as a command; and how texts enter the vectors that it compares."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from baihuo.models import Sequences
from suites.next_item.transformer import FUSIONS, Shape, Transformer, fit_transformer, scores_of

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.parametrize("fusion", FUSIONS)
def test_an_item_that_was_never_seen_has_the_vector_of_its_text_alone(fusion: str) -> None:
    texts = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    seen = np.array([3, 1, 2, 0, 1, 1])
    torch.manual_seed(0)
    model = Transformer(Shape(dim=4, fusion=fusion), texts, seen)
    before = model.item_vectors().detach().clone()
    with torch.no_grad():
        model.own += 1.0
    changed = (model.item_vectors() - before).abs().sum(1) > 1e-6
    if fusion in ("id", "start"):
        assert changed.all()
    else:  # place 0 is no item
        assert changed[1:].tolist() == [n > 0 and fusion != "text" for n in seen]


def test_what_comes_next_is_learned_from_the_last_item() -> None:
    rng = np.random.default_rng(0)
    starts = rng.integers(0, 12, 300)
    sequences = Sequences.of([(s + np.arange(5)) % 12 for s in starts], n_items=12)
    shape = Shape(dim=16, dropout=0.1, rate=3e-3, batch=64)
    model = fit_transformer(sequences, np.eye(12, dtype=np.float32), shape, epochs=15, seed=0)
    asked = Sequences.of([[3, 9], [9, 3], [5]], n_items=12)
    assert scores_of(model, asked).argmax(axis=1).tolist() == [10, 4, 6]


def test_every_way_gets_a_line(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    items = {str(i): {"title": f"kind {i % 10} model {i}", "brand": ""} for i in range(40)}
    (tmp_path / "items.json").write_text(json.dumps(items))
    np.save(tmp_path / "vectors.npy", np.eye(40, 8, dtype=np.float32))
    with (tmp_path / "train.csv").open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["user_id", "history_item_id", "item_id"])
        for visitor in range(80):
            at = int(rng.integers(40))
            rows.writerow([visitor, str([at]), (at + 1) % 40])
    done = subprocess.run(
        [
            *(sys.executable, str(BENCH / "sequences.py"), "--ablate", "--fusions", "gate"),
            *("--items", str(tmp_path / "items.json"), "--train", str(tmp_path / "train.csv")),
            *("--vectors", str(tmp_path / "vectors.npy")),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["system"] for line in lines] == ["gate"]
    assert all(0 <= line["recall10"] <= 1 for line in lines)
