"""What every registered model must do, on a tiny log whose right order is obvious."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from baihuo.bundle import write
from baihuo.core import BadInput
from baihuo.evaluate import log_loss, ndcg_by_group
from baihuo.index import PAIR_SCORES
from baihuo.model_inputs import AT_SERVING, REQUEST_COLUMNS
from baihuo.models import (
    CANDIDATE_FEATURES,
    CANDIDATE_SOURCES,
    Blend,
    Examples,
    Files,
    FitContext,
    Learns,
    Model,
    Predictions,
    file_from_bytes,
    file_to_bytes,
    fit_models,
    open_models,
    registered,
)

ROWS_A_GROUP = 12
ALL = pytest.mark.parametrize("name", registered())


def log(learns: Learns, n_groups: int, *, seed: int) -> Examples:
    """What the words (or what was bought before) say of a product is how good it is; all else is noise."""
    telling = CANDIDATE_SOURCES if learns == "purchases" else PAIR_SCORES
    columns = CANDIDATE_FEATURES if learns == "purchases" else REQUEST_COLUMNS
    rng, n = np.random.default_rng(seed), n_groups * ROWS_A_GROUP
    worth = rng.normal(size=n)
    matrix = rng.normal(size=(n, len(columns)))
    for column in telling:
        matrix[:, columns.index(column)] = worth + 0.05 * rng.normal(size=n)
    matrix[rng.random((n, len(columns))) < 0.01] = np.nan
    gains = (worth > 0.8).astype(np.int32) + (worth > 1.6)
    return Examples(
        columns,
        matrix.astype(np.float32),
        (gains > 0).astype(np.float32),
        gains.astype(np.int32),
        np.repeat(np.arange(n_groups), ROWS_A_GROUP),
    )


@cache
def fitted(learns: Learns) -> Mapping[str, Model]:
    """All models of such a log, fitted once with their own defaults."""
    return fit(learns, log(learns, 300, seed=1))


def fit(
    learns: Learns, train: Examples, continued: Mapping[str, Files] | None = None
) -> dict[str, Model]:
    context = FitContext(seed=3, at_serving=AT_SERVING)
    return fit_models(
        learns, train, log(learns, 60, seed=2), context, settings={}, continued=continued
    )


def model_of(name: str) -> Model:
    return fitted(registered()[name].learns)[name]


def test_rows(name: str) -> Examples:
    return log(registered()[name].learns, 80, seed=9)


test_rows.__test__ = False  # type: ignore[attr-defined]


def read_again(models: Mapping[str, Model]) -> dict[str, Files]:
    """Their files as they come back from a disk."""
    return {
        name: {f: file_from_bytes(f, file_to_bytes(c)) for f, c in model.files().items()}
        for name, model in models.items()
    }


def scores_of(model: Model, rows: Examples) -> NDArray[np.float64]:
    return Predictions({"it": model}, rows.matrix, rows.columns).of("it").scores


def ndcg(model: Model, rows: Examples) -> float:
    gains = np.exp2(rows.gains).astype(np.float64) - 1
    return float(np.nanmean(ndcg_by_group(gains, scores_of(model, rows), rows.group, k=10)))


@ALL
def test_it_finds_the_right_order(name: str) -> None:
    assert ndcg(model_of(name), test_rows(name)) > 0.94


@ALL
def test_a_model_that_is_saved_and_opened_says_the_same(name: str) -> None:
    model, rows = model_of(name), test_rows(name)
    opened = open_models(read_again(fitted(registered()[name].learns)))[name]
    assert opened.columns == model.columns
    np.testing.assert_array_equal(scores_of(opened, rows), scores_of(model, rows))
    matrix = rows.only(model.columns).matrix
    ours, theirs = model.probabilities(matrix), opened.probabilities(matrix)
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        np.testing.assert_array_equal(theirs, ours)
    assert read_again({name: opened}) == read_again({name: model})


@ALL
def test_its_files_go_into_a_bundle_which_refuses_pickles(name: str, tmp_path: Path) -> None:
    files = model_of(name).files()
    assert files
    assert write(tmp_path, {f"models/{name}/{file}": c for file, c in files.items()})


@ALL
def test_missing_and_unheard_of_values_get_finite_scores(name: str) -> None:
    model = model_of(name)
    for value in (np.nan, 0.0, 1e9, -1e9):
        matrix = np.full((3, len(model.columns)), value, np.float32)
        prediction = model.predict(matrix)
        assert np.isfinite(prediction.scores).all()
        if prediction.probabilities is not None:
            assert ((prediction.probabilities >= 0) & (prediction.probabilities <= 1)).all()


@ALL
def test_one_row_scores_as_it_does_among_others_and_no_row_is_no_error(name: str) -> None:
    model, rows = model_of(name), test_rows(name)
    together = scores_of(model, rows)
    alone = scores_of(model, rows.take(np.array([5])))
    np.testing.assert_allclose(alone, together[5:6], rtol=1e-5, atol=1e-6)
    nothing = model.predict(np.zeros((0, len(model.columns)), np.float32))
    assert nothing.scores.shape == (0,)
    assert nothing.probabilities is None or nothing.probabilities.shape == (0,)


@ALL
def test_columns_are_found_by_name_and_one_that_is_not_made_is_named(name: str) -> None:
    model, rows = model_of(name), test_rows(name)
    assert set(model.columns) <= set(rows.columns)
    turned = replace(
        rows,
        columns=(*rows.columns[::-1], "phase_of_the_moon"),
        matrix=np.column_stack([rows.matrix[:, ::-1], np.ones(len(rows.labels), np.float32)]),
    )
    np.testing.assert_array_equal(scores_of(model, turned), scores_of(model, rows))
    needed = model.columns[0]
    with pytest.raises(BadInput, match=needed):
        scores_of(model, rows.only(tuple(c for c in rows.columns if c != needed)))
    with pytest.raises(ValueError, match=r"\S"):
        model.scores(np.zeros((2, len(model.columns) + 1), np.float32))


@ALL
def test_probabilities_follow_the_order_and_beat_a_constant(name: str) -> None:
    model, rows = model_of(name), test_rows(name)
    p = model.probabilities(rows.only(model.columns).matrix)
    if p is None:
        return  # it only orders, and says so
    by_score = p[np.argsort(scores_of(model, rows), kind="stable")]
    assert (np.diff(by_score) >= -1e-9).all()
    constant = np.full(len(p), rows.labels.mean())
    assert log_loss(p, rows.labels) < log_loss(constant, rows.labels) / 2


@ALL
def test_it_continues_from_its_weights(name: str) -> None:
    """A handful of new rows teach next to nothing from nothing, and take nothing from what was learned."""
    learns = registered()[name].learns
    few, rows = log(learns, 6, seed=4), test_rows(name)
    before = read_again(fitted(learns))
    continued, from_nothing = fit(learns, few, before)[name], fit(learns, few)[name]
    assert ndcg(continued, rows) > 0.94
    assert ndcg(continued, rows) > ndcg(from_nothing, rows)
    assert read_again(fitted(learns)) == before


@ALL
def test_the_same_seed_gives_the_same_files(name: str) -> None:
    learns = registered()[name].learns
    few = log(learns, 40, seed=5)
    assert read_again(fit(learns, few))[name] == read_again(fit(learns, few))[name]


@ALL
def test_a_row_without_weight_teaches_nothing(name: str) -> None:
    learns = registered()[name].learns
    rows = log(learns, 300, seed=6)
    is_wrong = rows.group % 2 == 1
    gains = np.where(is_wrong, 2 - rows.gains, rows.gains).astype(np.int32)
    spoilt = replace(
        rows,
        gains=gains,
        labels=(gains > 0).astype(np.float32),
        weights=np.where(is_wrong, 0, 1).astype(np.float32),
    )
    assert ndcg(fit(learns, spoilt)[name], test_rows(name)) > 0.9


@ALL
def test_importances_are_shares_of_the_columns_it_reads(name: str) -> None:
    shares = model_of(name).importance()
    assert shares.keys() <= set(model_of(name).columns)
    if shares:
        assert sum(shares.values()) == pytest.approx(1)


@ALL
def test_a_blend_asks_its_parts_once_and_stores_them_once(name: str) -> None:
    spec, model = registered()[name], model_of(name)
    assert isinstance(model, Blend) == bool(spec.made_of)
    if isinstance(model, Blend):
        models = fitted(spec.learns)
        assert all(model.parts[part] is models[part] for part in spec.made_of)
        rows = test_rows(name)
        asked = Predictions(models, rows.matrix, rows.columns)
        together = asked.of(name).scores
        for part in spec.made_of:
            assert asked.of(part) is asked.of(part)
        np.testing.assert_array_equal(together, scores_of(model, rows))


def test_every_model_opens_and_scores_without_torch(tmp_path: Path) -> None:
    for learns in sorted({spec.learns for spec in registered().values()}):
        for name, model in fitted(learns).items():
            for file, content in model.files().items():
                path = tmp_path / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file_to_bytes(content))
    code = """
import sys
from pathlib import Path
import numpy as np
from baihuo.models import file_from_bytes, open_models
models = open_models({
    folder.name: {f.name: file_from_bytes(f.name, f.read_bytes()) for f in folder.iterdir()}
    for folder in Path(sys.argv[1]).iterdir()
})
for model in models.values():
    model.predict(np.zeros((4, len(model.columns)), np.float32))
print(len(models), "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(len(registered())), "False"]


def test_files_of_a_model_that_is_not_registered_are_refused_by_name() -> None:
    with pytest.raises(BadInput, match="oracle") as refused:
        open_models({"oracle": {}})
    assert "baihuo train" in refused.value.fix
    blends = [spec for spec in registered().values() if spec.made_of]
    for spec in blends:
        with pytest.raises(BadInput, match=spec.made_of[0]):
            open_models({spec.name: model_of(spec.name).files()})


def test_a_setting_for_a_model_that_learns_something_else_is_refused() -> None:
    rows = log("clicks", 2, seed=1)
    with pytest.raises(BadInput, match="oracle"):
        fit_models("clicks", rows, None, FitContext(), settings={"oracle": {}})


@ALL
def test_a_damaged_model_is_refused_with_what_to_do(name: str) -> None:
    stored = read_again(fitted(registered()[name].learns))
    for file in stored[name]:
        without = {**stored, name: {f: c for f, c in stored[name].items() if f != file}}
        if registered()[name].made_of:
            continue  # a blend's own file is for people
        with pytest.raises(BadInput, match=file) as refused:
            open_models(without)
        assert "baihuo train" in refused.value.fix
