"""Files of rows, made once for the tests that only read them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv as pacsv
import pytest
from tests.train.tables.rows_of_pairs import (
    N_ROWS,
    table,
)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    for name, n, seed in (("train", N_ROWS, 0), ("valid", 3000, 1)):
        pacsv.write_csv(table(n, seed), folder / f"{name}.csv")
    return folder
