"""A table with numbers, bins, categories and sequences together: what was trained is opened, and scores a file and a request as torch does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.torch

from baihuo.core import BadInput
from baihuo.models import DEEP_MODELS, HISTORY_MODELS, DeepSettings, Weights
from baihuo.train import TableModel, TableSpec, TableTraining, train_table
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.stage import prepared_rows

SPEC: dict[str, Any] = {
    "label": "click",
    "categories": ["city"],
    "sequences": [
        {
            "column": "history",
            "of": "product_id",
            "length": 3,
            "types": "kinds",
            "ages_seconds": "ages",
        },
        {"column": "searched", "length": 2, "separator": ">"},
    ],
}


def table(n: int = 400, seed: int = 0) -> pa.Table:
    """Some of every value missing, and lists of 0 to 4 events."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 5, n)
    price = np.where(rng.random(n) < 0.2, np.nan, rng.gamma(1.0, 20.0, n))
    is_middle = (price > 5) & (price < 25)
    last = [int(i) for i in rng.integers(0, 6, n)]
    items = [
        [*rng.integers(0, 6, k), one][-k:] if k else []
        for k, one in zip(lengths, last, strict=True)
    ]
    click = rng.random(n) < np.where(is_middle, 0.7, 0.2) + 0.25 * (np.array(last) < 3)
    return pa.table(
        {
            "city": [["oslo", "rome", None][i] for i in rng.integers(0, 3, n)],
            "price": pa.array(price, from_pandas=True),
            "product_id": [f"p{i}" for i in rng.integers(0, 6, n)],
            "history": [[f"p{i}" for i in row] for row in items],
            "kinds": [[("view", "cart")[int(i) % 2] for i in row] for row in items],
            "ages": [[float(100 * (len(row) - at)) for at in range(len(row))] for row in items],
            "searched": [(None, "red shoe", "red shoe>sock>hat")[i] for i in rng.integers(0, 3, n)],
            "click": click.astype(np.int8),
        }
    )


def trained(
    folder: Path, name: str, *, bins: int, sequences: bool, **more: Any
) -> tuple[TableModel, Path]:
    """Trained on :func:`table`, and its file."""
    path, spec = folder / "rows.parquet", SPEC
    rows = table()
    if not sequences:
        rows = rows.drop_columns(["history", "kinds", "ages", "searched"])
        spec = {**SPEC, "sequences": []}
    pq.write_table(rows, path)
    settings: dict[str, Any] = {
        "number_bins": bins,
        "embedding_size": 4,
        "layers": (8,),
        "min_count": 2,
    }
    settings |= {
        "by_rows": False,
        "serves": "whole",
        "batch_rows": 64,
        "precision": "float32",
        **more,
    }
    job = TableTraining(
        table=path,
        out=folder / "m",
        spec=TableSpec.model_validate(spec),
        settings=DeepSettings(model=name, **settings),
    )
    train_table(job)
    return TableModel(folder / "m"), path


def scored(model: TableModel, path: Path) -> np.ndarray[Any, Any]:
    return np.concatenate([scores for scores, _ in model.score_file(path)])


def of_torch(folder: Path, path: Path, *, sequences: bool) -> np.ndarray[Any, Any]:
    """Probabilities of the stored weights in torch, of the rows as training prepared them."""
    settings = DeepSettings.model_validate_json((folder / "m" / "settings.json").read_text())
    spec = SPEC if sequences else {**SPEC, "sequences": []}
    job = TableTraining(
        table=path,
        validation=path,
        out=folder / "m",
        spec=TableSpec.model_validate(spec),
        settings=settings,
    )
    rows, _ = prepared_rows(job, folder / "again", lambda *_: None)
    weights = Weights(rows.shape(settings), settings)
    stored = safetensors.torch.load((folder / "m" / "weights.safetensors").read_bytes())
    weights.load(stored)
    outputs = outputs_of(weights, RowsOnDisk(rows.folder)).astype(np.float64)
    found: np.ndarray[Any, Any] = 1 / (1 + np.exp(-outputs))
    return found


@pytest.mark.parametrize("bins", [5, 0])
@pytest.mark.parametrize(
    ("name", "sequences"),
    [
        *((name, True) for name in DEEP_MODELS),
        *((name, False) for name in DEEP_MODELS if name not in HISTORY_MODELS),
    ],
)
def test_a_trained_folder_scores_a_file_and_a_request_as_torch_scores_the_prepared_rows(
    tmp_path: Path, name: str, bins: int, sequences: bool
) -> None:
    model, path = trained(tmp_path, name, bins=bins, sequences=sequences)
    scores = scored(model, path)
    assert np.ptp(scores) > 1e-3
    np.testing.assert_allclose(scores, of_torch(tmp_path, path, sequences=sequences), atol=1e-4)
    rows = json.loads(json.dumps(pq.read_table(path).to_pylist()))
    np.testing.assert_allclose(model.score_rows(rows), scores, atol=1e-6)
    columns = {field: [row[field] for row in rows] for field in rows[0]}
    np.testing.assert_array_equal(model.score_rows(columns), model.score_rows(rows))
    assert model.score_rows(rows[3:4]) == pytest.approx(scores[3:4], abs=1e-6)


def test_the_slots_of_a_row_are_categories_then_bins_then_events(tmp_path: Path) -> None:
    model, _ = trained(tmp_path, "transformer", bins=5, sequences=True)
    columns = model.columns
    assert [c.name for c in columns.categories] == ["city", "product_id"]
    (price,) = columns.binned
    row = {"city": "rome", "price": 1e9, "product_id": "p0", "history": ["p1", "p0"]}
    row |= {"kinds": ["cart", "view"], "ages": [7, 0], "searched": "hat>sock"}
    ids, _ = model.encode_rows([row])
    assert ids.shape == (1, len(columns.slots)) == (1, 2 + 1 + 3 * 3 + 2)
    city, product, bin_of_price, *events = ids[0].tolist()
    assert city > 0
    assert bin_of_price == price.size - 1  # the last bin
    items, kinds, ages = events[:3], events[3:6], events[6:9]
    assert items[0] == kinds[0] == ages[0] == 0  # nothing before the oldest
    assert items[2] == product != items[1] > 0
    assert kinds[1] != kinds[2]
    assert ages[1:] == [1 + 6, 1]  # half powers of two of 1 + 7 seconds, and of 1
    assert len(set(events[9:])) == 2
    sizes = columns.sizes
    assert all(0 <= i < sizes[slot] for i, slot in zip(ids[0], columns.slots, strict=True))
    (missing,) = model.encode_rows([{**row, "price": None}])[0]
    assert missing[2] == 0


def test_bins_and_sequences_both_change_the_score(tmp_path: Path) -> None:
    model, _ = trained(
        tmp_path, "transformer", bins=5, sequences=True, epochs=3, learning_rate=0.02
    )
    row = {"city": "rome", "price": 12.0, "product_id": "p0", "history": ["p1", "p5"]}
    row |= {"kinds": ["cart", "view"], "ages": [200.0, 100.0], "searched": None}
    changed = [
        {**row, "price": 200.0},
        {**row, "history": ["p5", "p1"]},
        {**row, "kinds": ["view"] * 2},
    ]
    changed += [{**row, "searched": "red shoe"}, {**row, "ages": [9e6, 8e6]}]
    scores = model.score_rows([row, *changed])
    assert len(set(scores.tolist())) == 1 + len(changed)
    empty = {**row, "history": [], "kinds": None, "ages": ""}
    unseen = {**row, "history": ["p77"], "kinds": ["view"], "ages": [5]}
    none, text = model.score_rows([empty, {**row, "history": "p1|p5", "kinds": "cart view"}])
    assert text == scores[0]
    assert none != scores[0]
    assert model.score_rows([{**unseen, "kinds": [None], "ages": [None]}])[0] == pytest.approx(
        none, abs=1e-6
    )
    assert model.score_rows([row] * 3).tolist() == pytest.approx([scores[0]] * 3, abs=1e-6)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"history": 7}, "row 2, field 'history': the value is 7, no list"),
        (
            {"history": [["p1"], "p2"]},
            r"row 2, field 'history': the value is \['p1'\], no single one",
        ),
        ({"kinds": ["view"]}, "row 2: 1 values in 'kinds', 2 in 'history'"),
        ({"ages": [-1, 0]}, "row 2, column 'ages': '-1' is no age"),
    ],
)
def test_a_list_of_a_request_that_does_not_fit_is_named(
    model: TableModel, changed: dict[str, Any], named: str
) -> None:
    row = {"city": "rome", "price": 12.0, "product_id": "p0", "history": ["p1", "p5"]}
    row |= {"kinds": ["cart", "view"], "ages": [200.0, 100.0], "searched": None}
    with pytest.raises(BadInput, match=named):
        model.score_rows([row, row | changed])
    without = {name: value for name, value in row.items() if name not in changed}
    with pytest.raises(BadInput, match=f"row 2 has no field '{next(iter(changed))}'"):
        model.score_rows([row, without])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TableModel:
    return trained(tmp_path_factory.mktemp("lists"), "transformer", bins=5, sequences=True)[0]
