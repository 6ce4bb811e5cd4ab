"""Where a training stands, kept in a folder: the last checkpoint, and the weights of the best pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from baihuo.core import BadInput
from baihuo.models import Checkpoints, State, TrainingRows, Weights
from baihuo.train.tables.checkpoint import read_tensors, write_tensors
from baihuo.train.tables.rows_on_disk import RowsOnDisk

_CHANGE_NOTHING = (
    *("checkpoint_steps", "tensorboard"),
    *("serves", "max_loss"),  # of what is trained
)


class TrainingFolder(Checkpoints):
    """The files of one training."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, weights: Weights, rows: TrainingRows) -> State:
        """The state of the checkpoint, whose weights are loaded; a new one where there is none.

        Raises:
            BadInput: it is of other data or settings.
        """
        assert isinstance(rows, RowsOnDisk)
        self._weights, self._rows = weights, rows
        path = self._folder / "checkpoint.safetensors"
        if not path.exists():
            return State()
        tensors, about = read_tensors(path)
        state, mine = about.pop("state"), json.loads(json.dumps(self._about()))
        if about != mine:
            changed = [
                k for k in mine["settings"] if mine["settings"][k] != about["settings"].get(k)
            ]
            what = f"other settings: {', '.join(changed)}" if changed else "other data"
            raise BadInput(
                f"{path} is of a training with {what}",
                fix="--restart to begin again, or name another folder",
            )
        self._weights.load(tensors, with_moments=True)
        return State(**state)

    def write(self, state: State) -> None:
        """The weights, the moments and the state."""
        about = {**self._about(), "state": asdict(state)}
        self._write("checkpoint.safetensors", about, with_moments=True)

    def write_best(self) -> None:
        """The weights as those of the best pass."""
        self._write("best.safetensors", {}, with_moments=False)

    def load_best(self) -> None:
        """Those of the best pass."""
        best, _ = read_tensors(self._folder / "best.safetensors")
        self._weights.load(best, with_moments=False)

    def _about(self) -> dict[str, Any]:
        settings = self._weights.settings.model_dump(mode="json")
        for name in _CHANGE_NOTHING:
            del settings[name]
        columns = self._rows.columns.to_json()
        return {"settings": settings, "columns": columns, "rows": self._rows.n_rows}

    def _write(self, name: str, about: Mapping[str, Any], *, with_moments: bool) -> None:
        """By the first process, of what all have; when this returns, each can read it."""
        path, tensors = self._folder / name, self._weights.tensors(with_moments=with_moments)

        def write() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_tensors(path, tensors, about)

        self._weights.group.from_first(write)
