"""Members beside the networks of a table: a regression and boosted trees, in scores, in the served model and in explanations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from tests.train.tables.rows_of_pairs import best_auc, run, scored, table

from baihuo.core import BadInput, BrokenFile
from baihuo.train import TableModel
from baihuo.train.tables.beside.forest import Forest
from baihuo.train.tables.beside.regression import Labelled, fit_regression
from baihuo.train.tables.beside.row_inputs import RowInputs
from baihuo.train.tables.beside.value_statistics import left_out_statistics, value_statistics

QUICK = (
    *("layers=[16]", "embedding_size=4", "batch_rows=512", "epochs=2", "learning_rate=0.02"),
    *("precision=float32", "min_count=1"),
)


def grown() -> tuple[Any, np.ndarray[Any, Any]]:
    """Trees, and rows."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=2000), rng.integers(0, 30, 2000), rng.normal(size=2000)])
    effects = rng.normal(size=30)
    odds = effects[x[:, 1].astype(int)] * np.where(x[:, 0] > 0.2, 2, -1) + x[:, 2]
    given = lightgbm.Dataset(x, rng.random(2000) < expit(odds))
    settings = {"objective": "binary", "num_leaves": 12, "use_missing": False, "verbosity": -1}
    return lightgbm.train(settings, given, num_boost_round=20), x


def test_a_forest_says_what_lightgbm_says() -> None:
    trees, x = grown()
    forest = Forest.of_lightgbm(trees.dump_model())
    rows = x.astype(np.float32)
    expected = trees.predict(rows, raw_score=True)
    np.testing.assert_allclose(forest.outputs(rows), expected, atol=1e-5)


def test_the_regression_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.integers(0, 4, 500), rng.integers(4, 9, 500)]).astype(np.int32)
    numbers = rng.normal(size=(500, 2)).astype(np.float32)
    labels = (rng.random(500) < expit(numbers[:, 0] + (places[:, 0] == 2))).astype(float)
    weights = rng.integers(1, 4, 500).astype(float)
    rows = Labelled(RowInputs(places, numbers), labels, weights)
    mine = fit_regression(rows, 9, penalty=2.0).outputs(rows.inputs)
    x = np.column_stack([np.eye(9)[places].sum(1), numbers])
    theirs = LogisticRegression(C=0.5, tol=1e-8, max_iter=1000).fit(x, labels, weights)
    np.testing.assert_allclose(mine, theirs.decision_function(x), atol=0.02)


def test_what_a_row_came_to_is_not_in_what_its_trees_read() -> None:
    places = np.arange(300, dtype=np.int32)[:, None]  # each value in one row alone
    labels = (np.arange(300) % 3 == 0).astype(float)
    found = left_out_statistics(places, labels, np.ones(300), 300, seed=1)[:, 0, 0]
    assert abs(float(np.corrcoef(found, labels)[0, 1])) < 0.2
    assert found == pytest.approx(1 / 3, abs=0.1)
    whole = value_statistics(places, labels, np.ones(300), 300)[:, 0]
    assert np.corrcoef(whole, labels)[0, 1] == pytest.approx(1)


@pytest.fixture(scope="module")
def with_steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained folder, and its files: clicks rise with a value, and in steps with a number that may be missing."""
    folder = tmp_path_factory.mktemp("steps")
    for name, n, seed in (("train", 4000, 3), ("valid", 2000, 4)):
        rows = table(n, seed)
        rng = np.random.default_rng(seed)
        step = rng.normal(size=n)
        odds = 2.0 * (np.abs(step) < 0.5) - 1
        click = (rng.random(n) < expit(odds)).astype(int)
        step[rng.random(n) < 0.1] = np.nan
        place = rows.column_names.index("click")
        rows = rows.set_column(place, "click", pa.array(click)).append_column(
            "step", pa.array(step, from_pandas=True)
        )
        pacsv.write_csv(rows, folder / f"{name}.csv")
    done = run(
        *("train", "--table", str(folder / "train.csv"), "--label", "click", "--json"),
        *("--validation", str(folder / "valid.csv"), "--out", str(folder / "m")),
        *(word for one in (*QUICK, "folds=0") for word in ("--set", one)),
    )
    assert done.exit_code == 0, done.exception
    (folder / "report.json").write_text(done.stdout)
    return folder


def test_without_a_setting_they_stand_beside_the_networks_and_the_folder_scores_all(
    with_steps: Path,
) -> None:
    report = json.loads((with_steps / "report.json").read_text())
    assert set(report["shares"]) == {"deepfm", "dcn", "regression", "boosted"}
    assert report["shares"]["boosted"] > report["shares"]["regression"]
    scores, labels = scored(with_steps / "m", with_steps / "valid.csv")
    odds = logit(scores.astype(float))
    lost = float(np.mean(np.logaddexp(0, odds) - labels * odds))
    # these rows measured members that had not seen them, and then taught those of the folder
    assert lost < report["validation"]["log_loss"] < lost + 0.02
    assert report["validation"]["auc"] > 0.68


def test_an_explanation_sums_to_the_score_and_names_the_number_with_steps(with_steps: Path) -> None:
    done = run(
        *("explain-table", str(with_steps / "m"), str(with_steps / "valid.csv")),
        *("--row", "5", "--json"),
    )
    assert done.exit_code == 0, done.exception
    found = json.loads(done.stdout)
    found = found[0] if isinstance(found, list) else found
    total = sum(c["amount"] for c in found["contributions"]) + found["gap"]
    assert total == pytest.approx(logit(found["score"]) - logit(found["nothing_known"]), abs=1e-3)
    done = run("explain-table", str(with_steps / "m"), str(with_steps / "valid.csv"), "--json")
    assert json.loads(done.stdout)["columns"][0]["name"] == "step"


def test_smaller_forms_are_measured_and_a_changed_file_is_refused(
    with_steps: Path, tmp_path: Path
) -> None:
    done = run(
        *("compress", str(with_steps / "m"), "--table", str(with_steps / "valid.csv")),
        *("--out", str(tmp_path / "small")),
    )
    assert done.exit_code == 0, done.exception
    before, _ = scored(with_steps / "m", with_steps / "valid.csv")
    after, _ = scored(tmp_path / "small", with_steps / "valid.csv")
    assert np.corrcoef(before, after)[0, 1] > 0.9
    kept = tmp_path / "small" / "beside.safetensors"
    if kept.exists():
        content = bytearray(kept.read_bytes())
        content[-1] ^= 1
        kept.write_bytes(content)
        with pytest.raises(BrokenFile, match=r"beside\.safetensors"):
            TableModel(tmp_path / "small")


def test_a_training_goes_on_from_one_with_members_beside(with_steps: Path, tmp_path: Path) -> None:
    words = ("--set", "epochs=1", "--continue", str(with_steps / "m"), "--out", str(tmp_path / "m"))
    done = run("train", "--table", str(with_steps / "valid.csv"), "--label", "click", *words)
    assert done.exit_code == 0, done.exception
    assert (tmp_path / "m" / "beside.safetensors").exists()


def test_folds_find_shares_without_rows_that_a_training_saw(files: Path, tmp_path: Path) -> None:
    words = (*QUICK, "folds=2", "networks=2", "together=stacking", "beside=[regression]")
    done = run(
        *("train", "--table", str(files / "train.csv"), "--label", "click", "--json"),
        *("--validation", str(files / "valid.csv"), "--out", str(tmp_path / "m")),
        *(word for one in words for word in ("--set", one)),
    )
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    shares = report["shares"]
    assert shares["deepfm"] + shares["dcn"] > 5 * shares["regression"]  # which sees no pairs
    assert best_auc(table(3000, 1)) - report["validation"]["auc"] < 0.05


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["beside=[boosted]", "together=mean"], "stacking says how much"),
        (["beside=[forest]"], "beside"),
        (["folds=1"], "folds"),
    ],
)
def test_what_cannot_stand_beside_is_refused(
    files: Path, tmp_path: Path, words: list[str], what: str
) -> None:
    done: Any = run(
        *("train", "--table", str(files / "train.csv"), "--label", "click"),
        *("--out", str(tmp_path / "m")),
        *(word for one in words for word in ("--set", one)),
    )
    assert isinstance(done.exception, BadInput)
    assert what in done.exception.what
    assert not (tmp_path / "m").exists()
