"""TensorBoard: loss and rate by step, measures and histograms by pass, and each field's vectors for the projector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from baihuo.train.tables.trainer import Step
from baihuo.train.tables.vocabulary import Vocabulary

_EVERY_STEPS = 20
_MOST_VALUES = 10_000  # of a field: more make the projector slow


class Board:
    """Watches a training. ``vocabularies`` name the vectors of the projector; None: no projector."""

    def __init__(self, folder: Path, vocabularies: list[Vocabulary] | None = None) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(folder))
        self._vocabularies = vocabularies

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

    def close(self, step: Step | None = None) -> None:
        """Write the vectors of the last step, and close."""
        if step is not None and self._vocabularies is not None:
            self._write_vectors(step)
        self._writer.close()

    def _write_vectors(self, step: Step) -> None:
        table = step.weights.tables.get("vectors")
        columns = step.weights.columns
        start = 0
        for category, vocabulary in zip(columns.fields, self._vocabularies or [], strict=True):
            if table is not None and category.hash_size is None:
                values = ["(unknown)", *vocabulary.values()][:_MOST_VALUES]
                vectors = table.weights[start : start + len(values)]
                self._writer.add_embedding(
                    vectors, metadata=values, tag=category.name, global_step=step.step
                )
            start += category.size
