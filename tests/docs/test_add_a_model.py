"""``docs/add_a_model.md``, followed to the letter: the new model keeps the contract, and is trained, stored and served."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.docs.followed import follow

SERVED = """
from pathlib import Path
import numpy as np
from baihuo.bundle import Bundle, ClickModels, click_parts, write
from baihuo.features import default_features
from baihuo.model_inputs import click_columns
from baihuo.train.clicks.compare import compare
from baihuo.train.clicks.fit import ExampleRows, fit_clicks

columns = click_columns(default_features())

def pages(n, seed):  # clicks by the sum of many columns, which trees need many splits for
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n * 10, len(columns))).astype(np.float32)
    odds = 0.7 * matrix[:, :20].sum(axis=1) - 1
    clicks = (rng.random(n * 10) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    page = np.repeat(np.arange(n), 10)
    surface = np.full(n * 10, "home")
    return ExampleRows(matrix, clicks, clicks.astype(np.int32), page, page, surface)

quick = {"network": {"max_epochs": 2}, "trees": {"n_trees": 10}}
fitted = fit_clicks(pages(400, 1), pages(200, 2), columns, settings=quick)
compared = compare(fitted.models, pages(100, 3), base_rate=0.3, knn=None, seed=1)
folder = Path("sealed")
bundle = Bundle.open(folder / write(folder, click_parts(fitted.models, report={})))
opened = ClickModels.open(bundle)
print(opened.order_by["home"], opened.p_click_by, opened.orders("home"))
print(*[line.system for line in compared.lines if line.is_chosen])
print(*[name for name in bundle.names if "logit" in name])
rows = pages(1, 4).matrix
print(np.array_equal(opened.score("home", rows).order, fitted.models.score("home", rows).order))
"""
_TESTS = ("models/test_click_logit", "models/test_contract", "test_model_names")


@pytest.mark.slow(reason="a copy imports torch, and fits all click models")
def test_a_model_is_one_file_one_line_and_one_test_and_orders_what_it_is_best_at(
    tmp_path: Path,
) -> None:
    copy = follow("add_a_model.md", tmp_path / "copy")
    assert copy.n_files == 3
    options = ("-c", os.devnull, "--rootdir=.", "--noconftest", "-k", "logit or room")
    (printed,) = copy.run(tests=[*(f"tests/{name}.py" for name in _TESTS), *options], code=SERVED)
    chosen, compared, stored, is_same = printed.splitlines()
    assert chosen.split() == ["logit", "logit", "True"]
    assert compared == "logit"
    assert stored.split() == ["models/logit/columns.json", "models/logit/logit.json"]
    assert is_same == "True"
