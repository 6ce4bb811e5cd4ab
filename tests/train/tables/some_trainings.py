"""Trainings on prepared rows by one of several processes: run as a script by the tests, which read the weights that it writes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from baihuo.models import DeepSettings, Trainer
from baihuo.train.tables.checkpoint import write_tensors
from baihuo.train.tables.processes import joined
from baihuo.train.tables.rows_on_disk import RowsOnDisk


def train(request: dict[str, Any]) -> None:
    """Fit what the request names; the first process writes the weights."""
    with joined() as group:
        for name, settings in request["settings"].items():
            rows = RowsOnDisk(Path(request["rows"][name]))
            fitted = Trainer(rows, DeepSettings(**settings), group=group).fit()
            if group.is_first:
                tensors = fitted.weights.tensors(with_moments=False)
                write_tensors(Path(request["out"]) / name, tensors, {})


if __name__ == "__main__":
    train(json.loads(sys.argv[1]))
