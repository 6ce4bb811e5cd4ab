"""The benchmark of click models of another shop: which rows are the first days, and which way the product would take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from baihuo.bundle import ClickModels
from baihuo.train.clicks.fit import FittedClicks
from suites.position.shops import LoggedShop
from suites.transfer.click_shops import Log

N_PAGES, PLACES, PAGES_A_DAY = 800, 5, 20
DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def log() -> Log:
    """Pages of five, twenty a day; the top of each is clicked."""
    page = np.repeat(np.arange(N_PAGES), PLACES)
    n = len(page)
    at_us = page * DAY_US // PAGES_A_DAY
    clicks = np.tile([1, 0, 0, 0, 0], N_PAGES)
    examples = pa.table({"at_us": at_us, "visitor_id": (page % 7).astype(str)})
    return Log(
        LoggedShop(
            click_model="mixed",
            seed=1,
            examples=examples,
            columns=("a",),
            matrix=np.zeros((n, 1), np.float32),
            clicks=clicks.astype(np.float32),
            gains=clicks.astype(np.int32),
            page=page,
            surface=np.full(n, "home"),
            part=np.zeros(n, np.int64),
            p_true=np.zeros(n),
            looked=np.zeros(n),
        )
    )


def test_the_first_days_are_cut_between_pages(log: Log) -> None:
    train, validation, test = log.parts(10, 0.7, 0.15)
    assert [len(one.clicks) for one in (train, validation, test)] == [700, 150, 150]
    for older, newer in ((train, validation), (validation, test)):
        assert older.page.max() < newer.page.min()
    uneven = log.parts(10, 0.701)
    assert len(uneven[0].clicks) % PLACES == 0
    assert sum(len(one.clicks) for one in uneven) == 1_000
    after = log.between(10, 17)
    assert after.page.min() == 200
    assert after.page.max() == 339


def test_the_way_is_that_of_the_product(log: Log) -> None:
    def fitted(loss: float) -> FittedClicks:
        models = ClickModels(models={}, columns=(), calibrators={}, order_by={}, p_click_by="")
        return replace(FittedClicks(models), validation_log_loss=loss)

    better, worse = fitted(0.2), fitted(0.3)
    # A click a page, twenty a day: 15% of n days' clicks are 3 n, 70% are 14 n; 100 are asked for.
    assert log.way_of_product(7, better, worse) == "none"
    assert log.way_of_product(8, better, worse) == "as_they_are"
    assert log.way_of_product(40, better, worse) == "continued"
    assert log.way_of_product(40, worse, better) == "scratch"
