"""TensorBoard: loss and rate by step, measures and histograms by pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from baihuo.models import Step

_EVERY_STEPS = 20


class Board:
    """Watches a training."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(folder))

    def __call__(self, step: Step) -> None:
        """After a step or a pass."""
        writer = self._writer
        if step.measures is None:
            if step.step % _EVERY_STEPS == 0:
                writer.add_scalar("loss/train", float(step.loss), step.step)
                writer.add_scalar("rate", step.rate, step.step)
            return
        for name, value in step.measures.items():
            writer.add_scalar(f"pass/{name}", value, step.step)
        for name, tensor in step.weights.tensors(with_moments=False).items():
            writer.add_histogram(name.replace(".", "/"), tensor, step.step)
        writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
