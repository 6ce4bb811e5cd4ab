"""Texts of values: a product that nobody clicked is scored by its title."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from baihuo.core import BadInput, BrokenFile
from baihuo.evaluate import auc
from baihuo.models import (
    IS_THERE,
    DeepSettings,
    DeepShape,
    History,
    TableScorer,
    TextSlots,
    single_deep_model,
    text_places,
    text_rows,
)
from baihuo.train import TableModel, TableSpec, TableTraining, train_table
from baihuo.train.tables import text_vectors

KINDS = ("red cotton shirt", "steel kitchen knife", "garden hose", "wooden toy train")
SIZES = ("small", "large", "blue", "new", "classic", "cheap", "deluxe", "two pack")


def table(n: int, seed: int, products: range) -> pa.Table:
    """Clicked where the product's kind is that of the one the visitor had before; the id of a product says it by its title alone."""
    rng = np.random.default_rng(seed)
    product = rng.integers(products.start, products.stop, n)
    is_same = rng.random(n) < 0.5
    before = rng.integers(0, 16, n)
    before = np.where(is_same, before // 4 * 4 + product % 4, before)
    titles = [f"{KINDS[i % 4]} {SIZES[i // 4 % 8]}" for i in product]
    click = (product % 4 == before % 4).astype(int)
    history = [[f"p{i}"] for i in before]
    return pa.table(
        {
            "product_id": [f"p{i}" for i in product],
            "title": titles,
            "history": pa.array(history),
            "click": click,
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    pq.write_table(table(4000, 0, range(16)), folder / "train.parquet")
    pq.write_table(table(800, 1, range(16)), folder / "valid.parquet")
    pq.write_table(table(800, 2, range(16, 32)), folder / "cold.parquet")
    return folder


@pytest.fixture(autouse=True)
def _exported_once(
    monkeypatch: pytest.MonkeyPatch, linked_encoders: Callable[[Path], Path]
) -> None:
    monkeypatch.setattr(text_vectors, "export_encoders", linked_encoders)


def job(files: Path, out: Path, **settings: Any) -> TableTraining:
    quick: dict[str, Any] = {"model": "transformer", "batch_rows": 128, "layers": (16,)}
    quick |= {"embedding_size": 8, "learning_rate": 0.01, "epochs": 6}
    spec = {
        "label": "click",
        "texts": {"product_id": "title"},
        "sequences": [{"column": "history", "of": "product_id", "length": 2}],
    }
    return TableTraining(
        table=files / "train.parquet",
        validation=files / "valid.parquet",
        out=out,
        spec=TableSpec.model_validate(spec),
        settings=DeepSettings(**{**quick, **settings}),
    )


def auc_of(model: Path, path: Path) -> float:
    parts = list(TableModel(model).score_file(path))
    labels = np.concatenate([y for _, y in parts if y is not None])
    return auc(np.concatenate([s for s, _ in parts]), labels)


def test_products_that_nobody_saw_are_scored_by_their_titles(files: Path, tmp_path: Path) -> None:
    report = train_table(job(files, tmp_path / "m"))
    assert report["validation"]["auc"] > 0.95
    assert auc_of(tmp_path / "m", files / "valid.parquet") == pytest.approx(
        report["validation"]["auc"], abs=0.002
    )
    assert auc_of(tmp_path / "m", files / "cold.parquet") > 0.9


def test_without_titles_they_are_not_known(files: Path, tmp_path: Path) -> None:
    asked = job(files, tmp_path / "m")
    train_table(
        replace(asked, spec=asked.spec.model_copy(update={"texts": {}, "ignore": ("title",)}))
    )
    assert auc_of(tmp_path / "m", files / "cold.parquet") < 0.6


def test_the_onnx_of_texts_says_what_the_network_says() -> None:
    torch.manual_seed(0)
    history = History(first=2, length=3, target=0)
    texts = (TextSlots(slots=(0, 2, 3, 4), dim=6),)
    shape = DeepShape(
        n_fields=2,
        n_numbers=1,
        embedding_size=4,
        layers=(8,),
        histories=(history,),
        texts=texts,
    )
    sizes = (5, 3)
    offsets = np.array([0, 5, 0, 0, 0], np.int32)
    limits = np.array([5, 3, 5, 5, 5], np.int32)
    for name in ("transformer", "mlp", "dcn", "deepfm", "mlp"):
        network = single_deep_model(name, shape).eval()
        for parameter in network.parameters():
            parameter.data.normal_(std=0.5)
        vectors, own = torch.randn(9, 6), torch.randn(sum(sizes), 4)
        alone = torch.randn(sum(sizes), 1)
        vectors[0] = 0
        categories = np.random.default_rng(0).integers(0, 9, (20, 5)).astype(np.int32)
        categories[:, 1] %= 3
        numbers = torch.randn(20, 1)
        tables = {"vectors": own, "weights": alone}
        if name != "deepfm":
            del tables["weights"]
        served = TableScorer(
            network,
            tables,
            torch.from_numpy(offsets),
            limits=torch.from_numpy(limits),
            loss="squared",
        )
        session = onnxruntime.InferenceSession(served.to_onnx())
        known = torch.from_numpy(np.where(categories < limits, categories, 0) + offsets)
        rows = {
            "vectors": own[known.long()],
            "weights": alone[known.long()],
            IS_THERE: torch.from_numpy(categories > 0).float(),
            text_rows(0): vectors,
            text_places(0): torch.from_numpy(categories[:, [0, 2, 3, 4]]).long(),
        }
        ((weights, constants),) = network.projections()
        given = {"categories": categories, "numbers": numbers.numpy()}
        given["text_0"] = vectors.numpy() @ weights + constants
        (found,) = session.run(["y"], given)
        with torch.no_grad():
            np.testing.assert_allclose(found, network(rows, numbers).numpy(), atol=1e-4)


def test_scoring_needs_no_torch(files: Path, tmp_path: Path) -> None:
    train_table(job(files, tmp_path / "m", epochs=1))
    script = (
        "import sys; from pathlib import Path; from baihuo.train import TableModel\n"
        f"model = TableModel(Path({str(tmp_path / 'm')!r}))\n"
        f"assert sum(len(s) for s, _ in model.score_file(Path({str(files / 'cold.parquet')!r}))) == 800\n"
        "assert not {'torch', 'onnx', 'safetensors'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    changed = tmp_path / "m" / "projection.0.npy"
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    with pytest.raises(BrokenFile, match="projection"):
        TableModel(tmp_path / "m")


def test_training_continues_with_new_products_and_their_titles(files: Path, tmp_path: Path) -> None:
    asked = job(files, tmp_path / "one", epochs=2)
    train_table(asked)
    newer = replace(
        asked, table=files / "cold.parquet", out=tmp_path / "two", start=tmp_path / "one"
    )
    report = train_table(newer)
    assert report["categories"]["product_id"] == 32
    assert np.load(tmp_path / "two" / "texts.0.npy").shape[0] == 33
    assert auc_of(tmp_path / "two", files / "cold.parquet") > 0.9


@pytest.mark.parametrize(
    ("texts", "settings", "what"),
    [
        ({"product_id": "name"}, {}, "'name'"),
        ({"product": "title"}, {}, "did you mean 'product_id'?"),
        ({"product_id": "title"}, {"hash_size": 50}, "hashed"),
        ({"product_id": "title"}, {"model": "logistic"}, "no vectors"),
    ],
)
def test_texts_that_cannot_be_used_are_refused(
    files: Path, tmp_path: Path, texts: dict[str, str], settings: dict[str, Any], what: str
) -> None:
    asked = job(files, tmp_path / "m", **settings)
    with pytest.raises(BadInput) as caught:
        train_table(replace(asked, spec=asked.spec.model_copy(update={"texts": texts})))
    assert what in str(caught.value)
