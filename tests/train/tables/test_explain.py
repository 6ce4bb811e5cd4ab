"""Why a row has its score: amounts sum to the difference of the outputs, agree with what is known, and are causes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from scipy.special import logit
from tests.train.tables import rows_of_pairs, test_sequences, test_texts
from tests.train.tables.rows_of_pairs import run

from baihuo.core import BadInput, NotFound
from baihuo.models import HISTORY_MODELS
from baihuo.train import TableExplainer, TableModel, TableSpec, train_table
from baihuo.train.tables import text_vectors
from baihuo.train.tables.build_weights import folder_weights
from baihuo.train.tables.explain import Encoded


def first(explainer: TableExplainer, table: Path, n: int) -> Encoded:
    return next(explainer.encoded(table)).take(range(n))


@pytest.fixture(scope="module")
def pairs(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks side by side over two categories and a number with bins."""
    out = tmp_path_factory.mktemp("explained") / "m"
    settings: dict[str, Any] = {"model": "deepfm+dcn", "number_bins": 8, "epochs": 4}
    train_table(rows_of_pairs.job(files, out, **settings))
    return out


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("histories")
    for name, n, seed in (("train", 6000, 0), ("valid", 1500, 1)):
        pacsv.write_csv(test_sequences.table(n, seed), folder / f"{name}.csv")
    return folder


def test_amounts_of_a_logistic_model_are_its_weights_times_the_inputs(
    files: Path, tmp_path: Path
) -> None:
    train_table(rows_of_pairs.job(files, tmp_path / "m", model="logistic", epochs=2))
    explainer = TableExplainer(tmp_path / "m")
    part = first(explainer, files / "valid.csv", 50)
    amounts = explainer.amounts(part)
    weights = folder_weights(tmp_path / "m", explainer.columns)
    table = weights.tables["weights"].weights.numpy()[:, 0]
    starts = np.cumsum([0, *explainer.columns.sizes])
    for place in range(2):
        expected = table[starts[place] + part.categories[:, place]] - table[starts[place]]
        assert amounts[:, place] == pytest.approx(expected, abs=1e-4)
    [slope] = next(p for n, p in weights.module.named_parameters() if n.endswith("weight")).tolist()
    assert amounts[:, 2] == pytest.approx(slope * part.numbers[:, 0], abs=1e-4)
    assert explainer.names == ("taste", "style", "price")


@pytest.mark.parametrize("model", ["mlp", "deepfm", "dcn", "transformer"])
def test_amounts_sum_to_the_difference_of_the_served_scores(
    histories: Path, tmp_path: Path, model: str
) -> None:
    report = train_table(test_sequences.job(histories, tmp_path / "m", model=model))
    explainer = TableExplainer(tmp_path / "m")
    part = first(explainer, histories / "valid.csv", 40)
    amounts = explainer.amounts(part)
    scores, nothing = explainer.scores(part), explainer.without(part, None)
    difference = logit(scores) - logit(nothing)
    assert amounts.sum(axis=1) == pytest.approx(difference, abs=1e-4)
    if model in HISTORY_MODELS:
        assert report["validation"]["auc"] > 0.8  # a product alone says nothing: 0.5
        assert np.abs(amounts[:, explainer.names.index("history")]).max() > 0.05


def test_taking_the_cause_away_lowers_the_score_more_than_taking_another(
    pairs: Path, files: Path
) -> None:
    explainer = TableExplainer(pairs)
    part = first(explainer, files / "valid.csv", 300)
    amounts = explainer.amounts(part)
    scores = explainer.scores(part)
    fell = np.stack([scores - explainer.without(part, name) for name in explainer.names], axis=1)
    cause = amounts.argmax(axis=1)
    rows = np.flatnonzero(amounts.max(axis=1) > 0.1)
    assert len(rows) > 100
    of_cause = fell[rows, cause[rows]]
    rng = np.random.default_rng(0)
    other = (cause + rng.integers(1, len(explainer.names), len(cause))) % len(explainer.names)
    of_other = fell[rows, other[rows]]
    assert (of_cause > 0).mean() > 0.9
    assert (of_cause > of_other).mean() > 0.85
    assert of_cause.mean() > 2 * of_other.mean()


def test_a_merchandiser_reads_why(pairs: Path, files: Path) -> None:
    table = str(files / "valid.csv")
    done = run("explain-table", str(pairs), table, "--row", "3", "--row", "7")
    assert done.exit_code == 0, done.exception
    row = pacsv.read_csv(table).slice(2, 1).to_pylist()[0]
    assert "Row 3: P(click) is" in done.stdout
    assert row["taste"] in done.stdout
    assert "Row 7" in done.stdout
    done = run("explain-table", str(pairs), table, "--row", "3", "--json")
    one = json.loads(done.stdout)
    predicted = run("predict", str(pairs), table, "--out", str(pairs.parent / "scores.csv"))
    assert predicted.exit_code == 0
    line = (pairs.parent / "scores.csv").read_text().splitlines()[3]
    assert one["score"] == pytest.approx(float(line.split(",")[1]), abs=1e-5)
    total = sum(c["amount"] for c in one["contributions"])
    expected = logit(one["score"]) - logit(one["nothing_known"])
    assert total + one["gap"] == pytest.approx(expected, abs=1e-3)
    whole = run("explain-table", str(pairs), table)
    assert "What moved the scores of 500 rows most" in whole.stdout


def test_a_row_that_is_not_there_and_a_renamed_column_are_named(
    pairs: Path, files: Path, tmp_path: Path
) -> None:
    done = run("explain-table", str(pairs), str(files / "valid.csv"), "--row", "3001")
    assert isinstance(done.exception, NotFound)
    assert "no row 3,001" in done.exception.what
    assert "1 to 3,000" in done.exception.fix
    done = run("explain-table", str(pairs), str(files / "valid.csv"), "--row", "0")
    assert isinstance(done.exception, BadInput)
    (tmp_path / "r.csv").write_text("tastes,style,price\nt1,s1,3\n")
    done = run("explain-table", str(pairs), str(tmp_path / "r.csv"), "--row", "1")
    assert "no column taste" in done.exception.what


def test_missing_unseen_and_empty_values_are_named_as_such(
    pairs: Path, histories: Path, tmp_path: Path
) -> None:
    (tmp_path / "odd.csv").write_text("taste,style,price\nbrand new,s1,\n")
    done = run("explain-table", str(pairs), str(tmp_path / "odd.csv"), "--row", "1", "--json")
    values = {c["name"]: c["value"] for c in json.loads(done.stdout)["contributions"]}
    assert values == {
        "taste": "brand new (unknown to the model)",
        "style": "s1",
        "price": "missing",
    }
    asked = test_sequences.job(histories, tmp_path / "m", model="transformer", epochs=1)
    train_table(replace(asked, spec=TableSpec.model_validate(test_sequences.SPEC)))
    (tmp_path / "two.csv").write_text("product_id,history\np1,p2|p3\np1,\n")
    explainer = TableExplainer(tmp_path / "m")
    full, empty = explainer.explain(tmp_path / "two.csv", [1, 2])
    assert {c.name: c.value for c in full.contributions}["history"] == "2 events, newest p3"
    of_history = {c.name: c for c in empty.contributions}["history"]
    assert of_history.value == "empty"
    assert of_history.amount == pytest.approx(0, abs=1e-6)
    assert of_history.without == pytest.approx(empty.score, abs=1e-6)


def test_a_title_counts_for_the_value_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked_encoders: Callable[[Path], Path]
) -> None:
    monkeypatch.setattr(text_vectors, "export_encoders", linked_encoders)
    for name, n, seed, of in (("train", 3000, 0, range(16)), ("cold", 200, 2, range(16, 32))):
        pq.write_table(test_texts.table(n, seed, of), tmp_path / f"{name}.parquet")
    asked = test_texts.job(tmp_path, tmp_path / "m", model="mlp", epochs=2)
    train_table(replace(asked, validation=None))
    explainer = TableExplainer(tmp_path / "m")
    part = first(explainer, tmp_path / "cold.parquet", 20)
    amounts = explainer.amounts(part)
    scores = np.concatenate(
        [s for s, _ in TableModel(tmp_path / "m").score_file(tmp_path / "cold.parquet")]
    )
    assert explainer.scores(part) == pytest.approx(scores[:20], abs=1e-5)
    expected = logit(scores[:20]) - logit(explainer.without(part, None))
    assert amounts.sum(axis=1) == pytest.approx(expected, abs=0.02)
    assert np.abs(amounts[:, explainer.names.index("product_id")]).max() > 0.05  # no own vector
