"""Where a training stands, kept in a folder: the last checkpoint, and the weights of the best pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from baihuo.core import BadInput
from baihuo.train.tables.checkpoint import read_tensors, write_tensors
from baihuo.train.tables.weights import Weights

_CHANGE_NOTHING = (
    *("checkpoint_steps", "tensorboard"),
    *("serves", "max_loss"),  # of what is trained
)


@dataclass(slots=True)
class State:
    """Where a training stands."""

    step: int = 0  # done
    best: float | None = None  # the measure that stops, larger is better
    n_worse: int = 0  # passes since then
    history: list[dict[str, float]] = field(default_factory=list)  # a pass
    is_done: bool = False


class TrainingFolder:
    """The files of one training; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, weights: Weights, n_rows: int) -> None:
        """``weights``: those that are written, and read into."""
        self._folder, self._weights, self._n_rows = folder, weights, n_rows

    def resumed(self) -> State:
        """The state of the checkpoint, whose weights are loaded; a new one where there is none.

        Raises:
            BadInput: it is of other data or settings.
        """
        path = None if self._folder is None else self._folder / "checkpoint.safetensors"
        if path is None or not path.exists():
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

    def write_checkpoint(self, state: State) -> None:
        """The weights, the moments and the state."""
        about = {**self._about(), "state": asdict(state)}
        self._write("checkpoint.safetensors", about, with_moments=True)

    def write_best(self) -> None:
        """The weights as those of the best pass."""
        self._write("best.safetensors", {}, with_moments=False)

    def load_best(self) -> None:
        """Those of the best pass, if there is a folder."""
        if self._folder is not None:
            best, _ = read_tensors(self._folder / "best.safetensors")
            self._weights.load(best, with_moments=False)

    def _about(self) -> dict[str, Any]:
        settings = self._weights.settings.model_dump(mode="json")
        for name in _CHANGE_NOTHING:
            del settings[name]
        columns = self._weights.columns.to_json()
        return {"settings": settings, "columns": columns, "rows": self._n_rows}

    def _write(self, name: str, about: Mapping[str, Any], *, with_moments: bool) -> None:
        """By the first process, of what all have; when this returns, each can read it."""
        if self._folder is None:
            return
        path, tensors = self._folder / name, self._weights.tensors(with_moments=with_moments)

        def write() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_tensors(path, tensors, about)

        self._weights.group.from_first(write)
