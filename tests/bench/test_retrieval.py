"""Sources of candidates on a small log whose truth is plain."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import retrieval
from baihuo.models import Sequences
from suites.retrieval.batches import padded, recall_at
from suites.retrieval.fusing import fused, votes
from suites.retrieval.semantic_ids import Decoder, _beams, semantic_ids

N_ITEMS = 160


def test_a_beam_as_wide_as_the_catalogue_gives_every_item_its_probability() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(90, 8)).astype(np.float32)
    vectors[1] = vectors[0]  # the same text twice
    ids = semantic_ids(vectors, seed=1)
    assert len(np.unique(ids, axis=0)) == 90
    assert (ids[0, :-1] == ids[1, :-1]).all()
    torch.manual_seed(1)
    model = Decoder(ids).eval()
    history = padded(Sequences.of([[3, 5, 8]], n_items=90))
    with torch.no_grad():
        found = _beams(model, ids, history)[0]
        for item in (0, 1, 40, 89):
            state, log = model.read(history), 0.0
            for level, code in enumerate(ids[item].tolist()):
                log += float(model.log_probabilities(state, level)[0, code])
                state = model.state_after(state, level, torch.tensor([code]))
            assert found[item] == pytest.approx(log, abs=1e-4)
    assert np.isfinite(found).all()


def test_what_a_source_does_not_find_gets_no_vote_and_ties_do_not_help() -> None:
    scores = np.zeros((2, 300), np.float32)
    scores[0, 7] = 1.0
    came = np.array([7, 9], np.int32)
    of = {"one": votes(scores, came), "two": votes(scores[:, ::-1].copy(), came)}
    assert of["one"][0].argmax() == 7
    assert of["one"][1].sum() == 0
    assert recall_at(fused(of, of), came, 20).tolist() == [1.0, 0.0]
    assert recall_at(scores, came, 20).tolist() == [1.0, 0.0]


def write(folder: Path) -> Path:
    """Items come in pairs: after an even one its odd neighbour in meaning. Numbers are drawn, and half of the
    pairs of the last items are in nobody's history but the test's."""
    rng = np.random.default_rng(2)
    number = rng.permutation(N_ITEMS)
    meaning = np.repeat(rng.normal(size=(N_ITEMS // 2, 16)), 2, axis=0)
    meaning += 0.1 * rng.normal(size=meaning.shape)
    vectors = np.empty_like(meaning)
    vectors[number] = meaning / np.linalg.norm(meaning, axis=1, keepdims=True)
    np.save(folder / "vectors.npy", vectors.astype(np.float32))
    items = {str(i): {"title": f"thing {i}", "brand": ""} for i in range(N_ITEMS)}
    with gzip.open(folder / "shop.item.json.gz", "wt") as file:
        json.dump(items, file)
    with gzip.open(folder / "shop_valid.csv.gz", "wt", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "history_item_id", "item_id"])
        for visitor in range(400):
            pair = int(rng.integers(N_ITEMS // 2))
            other = int(rng.integers(N_ITEMS // 2))
            history = [int(number[2 * other]), int(number[2 * pair])]
            rows.writerow([f"v{visitor}", json.dumps(history), int(number[2 * pair + 1])])
    return folder / "shop"


def test_the_bench_tells_apart_what_finds_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write(tmp_path)
    monkeypatch.setattr(
        sys,
        "argv",
        f"retrieval.py --data {data} --vectors {tmp_path / 'vectors.npy'} --epochs 4 --rows 60"
        " --without in_batch_uncorrected sampled".split(),
    )
    retrieval.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    of = {line["source"]: line for line in lines if "source" in line}
    assert {"popularity", "co_visits", "item_knn", "ease", "als", "content", "in_batch"} < set(of)
    assert of["content"]["recall20"] > 0.9  # texts say it all
    assert of["co_visits"]["recall20"] > of["popularity"]["recall20"] + 0.3
    assert of["content"]["in20"]["mid"] >= of["popularity"]["in20"]["mid"]
    assert set(of["semantic_ids"]) >= {"warm100", "cold100", "out20", "out100"}
