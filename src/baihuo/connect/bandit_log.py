"""Logs of single placements with their propensities, in the format of the Open Bandit Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from baihuo.core import BadInput, BrokenFile, NotFound

_COLUMNS = {
    "item_id": pa.string(),
    "position": pa.int64(),
    "click": pa.float64(),
    "propensity_score": pa.float64(),
}


@dataclass(frozen=True, slots=True, eq=False)
class BanditLog:
    """One row for each placement. A missing propensity is NaN."""

    items: NDArray[Any]  # [rows] ids
    positions: NDArray[np.int64]
    clicks: NDArray[np.float64]  # 0 or 1
    propensities: NDArray[np.float64]  # P(this item at this position | logging policy)


def read_bandit_log(path: Path) -> BanditLog:
    """A CSV file (also gzipped) with ``item_id``, ``position``, ``click`` and ``propensity_score``.

    Raises:
        NotFound: there is no such file.
        BrokenFile: it cannot be read.
        BadInput: a column is missing, or a value has the wrong type.

    Source: Saito et al. (2020), Open Bandit Dataset.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", fix="give the path of a log of placements")
    try:
        read = pacsv.read_csv(
            path,
            convert_options=pacsv.ConvertOptions(
                include_columns=list(_COLUMNS), column_types=_COLUMNS
            ),
        )
    except KeyError as error:
        raise BadInput(
            f"{path} is not a log of placements: {error.args[0]}",
            fix=f"the columns must be {', '.join(_COLUMNS)} (others are not read)",
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise BrokenFile(
            f"{path} cannot be read: {error}",
            fix=f"a CSV file with {', '.join(_COLUMNS)}, UTF-8, also gzipped",
        ) from error
    whole = {name: read.column(name).to_numpy(zero_copy_only=False) for name in _COLUMNS}
    clicks = whole["click"].astype(np.float64)
    if not len(clicks) or not np.isin(clicks, (0.0, 1.0)).all():
        raise BadInput(
            f"{path}: no rows, or a click is not 0 or 1",
            fix="give one row for each placement, with click 0 or 1",
        )
    return BanditLog(
        items=whole["item_id"].astype(str),
        positions=whole["position"].astype(np.int64),
        clicks=clicks,
        propensities=whole["propensity_score"].astype(np.float64),
    )
