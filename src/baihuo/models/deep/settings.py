"""How a network over a table is built and fitted. No torch here: ``shop.yaml`` holds these settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
    field_validator,
    model_validator,
)

from baihuo.core import SettingsSection
from baihuo.models.deep.registry import (
    DEEP_MODELS,
    kinds_named,
    settings_read,
)
from baihuo.models.deep.shape import DeepShape

# What is larger is a slip of the pen, or fills the memory before the first step.
_MOST_PARTS, _MOST_THREADS, _MOST_UNITS, _MOST_ROWS = 64, 256, 65_536, 2**31 - 1


class DeepSettings(SettingsSection):
    """Settings of ``baihuo train --table``: a network over categories and numbers."""

    retired: ClassVar[Mapping[str, Any]] = {
        "text_fusion": "add",
        "compile": False,
        "schedule": "constant",
        "warmup_share": 0.0,
        "l1": 0.0,
        "projector": False,
        "processes": 1,
        "checkpoint_steps": None,
        "tensorboard": None,
        "optimiser": "adam",
    }

    model: str = Field(
        default="deepfm",
        description=f"The model: {', '.join(f'`{name}`' for name in DEEP_MODELS)}; or several joined by `+`, whose mean predicts.",
    )
    by_rows: bool = Field(
        default=True,
        description="`baihuo train --table` and `baihuo tune` choose settings that are not given (sizes, passes, rate, batch, penalties, "
        "frequency cut, bins) by the number of rows; off: the defaults of this list.",
    )
    layers: tuple[Annotated[int, Field(gt=0, le=_MOST_UNITS)], ...] = Field(
        default=(256, 128), description="Units of each dense layer, first to last."
    )
    cross_layers: PositiveInt = Field(
        default=3, le=_MOST_PARTS, description="Cross layers of `dcn`."
    )
    networks: PositiveInt = Field(
        default=1,
        le=_MOST_PARTS,
        description="So many networks of each model side by side, each with vectors of its own; `together` says how they predict.",
    )
    together: Literal["mean", "stacking"] = Field(
        default="mean",
        description="How several networks are one: `mean` of all, or `stacking`: a weighted mean, by predictions of rows that a training left out.",
    )
    folds: int = Field(
        default=3,
        ge=0,
        le=_MOST_PARTS,
        description="With `stacking`: trainings that each leave out a part of the rows; 0: none, the rows that stop the training find the shares.",
    )
    beside: tuple[Literal["regression", "boosted"], ...] = Field(
        default=(),
        description="With `stacking` and the loss `binary`: members that are fitted to all rows at once (the newest 500,000), `regression`: a logistic one over "
        "values, bins and numbers; `boosted`: LightGBM over numbers and what rows with a value came to.",
    )
    attention_blocks: PositiveInt = Field(
        default=1,
        le=_MOST_PARTS,
        description="Blocks of attention over a sequence, of `transformer`.",
    )
    attention_heads: PositiveInt = Field(
        default=2, le=_MOST_PARTS, description="Heads of each, which share `embedding_size` evenly."
    )
    text_alone: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of values with a text that a step knows by it alone, as it will know new ones.",
    )
    embedding_size: PositiveInt = Field(
        default=16, le=_MOST_UNITS, description="Numbers in a value's vector."
    )
    loss: Literal["binary", "squared", "softmax"] = Field(
        default="binary",
        description="`binary`: cross-entropy of a label between 0 and 1; `squared`: error of a rating or a time; `softmax`: the rows of a "
        "group share one probability, which needs a group column.",
    )
    learning_rate: float = Field(default=5e-3, gt=0, description="Of a step.")
    l2: float = Field(default=0.0, ge=0, description="L2 penalty (half the square).")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of units left out.")
    batch_rows: PositiveInt = Field(default=4096, le=_MOST_ROWS, description="Rows in a batch.")
    epochs: PositiveInt = Field(default=1, le=1_000_000, description="Most passes over the rows.")
    patience: PositiveInt = Field(
        default=2,
        description="Passes without a better validation before it stops; the best weights are kept.",
    )
    min_count: PositiveInt = Field(
        default=1,
        le=_MOST_ROWS,
        description="Frequency cut: a value seen in fewer training rows counts as unknown.",
    )
    number_bins: NonNegativeInt = Field(
        default=0,
        le=_MOST_UNITS,
        description="Bins of each number, of about equal numbers of rows: each bin has a vector like a category's value; 0: none.",
    )
    hash_size: PositiveInt | None = Field(
        default=None,
        le=_MOST_ROWS,
        description="Hash each field's values into this many rows instead of counting them; unset: a vocabulary of the values seen.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Of the large products; `auto`: bfloat16 where the processor has AMX or AVX512-BF16, or on a GPU.",
    )
    device: str = Field(default="auto", description="`auto`, `cpu`, or `cuda`.")
    threads: PositiveInt = Field(
        default=1, le=_MOST_THREADS, description="Threads of the products."
    )
    serves: Literal["fastest", "whole"] = Field(
        default="fastest",
        description="What scores rows: `fastest`: of what was trained and smaller forms made of it (fewer units, one of several networks) the one "
        "with the fewest products that loses at most `max_loss` on the newer rows; `whole`: what was trained.",
    )
    max_loss: float = Field(
        default=0.001,
        ge=0,
        description="What a smaller one may lose of AUC (of nDCG with a loss of groups), and which share of log-loss or RMSE.",
    )
    seed: NonNegativeInt = Field(
        default=7,
        le=_MOST_ROWS,
        description="The same seed, data and number of threads give the same weights.",
    )

    @field_validator("model")
    @classmethod
    def _is_known(cls, name: str) -> str:
        kinds_named(name)
        return name

    @field_validator("folds")
    @classmethod
    def _is_no_single_fold(cls, n: int) -> int:
        if n == 1:
            raise ValueError(
                "a training without the rows of the only fold has none: 0, or 2 and more"
            )
        return n

    @field_validator("device")
    @classmethod
    def _is_device(cls, name: str) -> str:
        if name not in ("auto", "cpu", "cuda") and not name.startswith("cuda:"):
            raise ValueError("should be auto, cpu, cuda, or cuda: and a number")
        return name

    @model_validator(mode="after")
    def _heads_share_evenly(self) -> Self:
        if "attention_heads" in settings_read(self.model):
            size, heads = self.embedding_size, self.attention_heads
            if size % heads:
                raise ValueError(f"embedding_size {size} is no multiple of attention_heads {heads}")
        return self

    @property
    def n_networks(self) -> int:
        """How many stand side by side."""
        return self.networks * len(kinds_named(self.model))

    @property
    def needs_groups(self) -> bool:
        """Whether the loss compares rows of one group."""
        return self.loss == "softmax"

    def shape(self, **sizes: Any) -> DeepShape:
        """The sizes of a network with these settings; ``sizes``: those of the rows."""
        return DeepShape(
            embedding_size=self.embedding_size,
            layers=self.layers,
            dropout=self.dropout,
            n_crosses=self.cross_layers,
            n_blocks=self.attention_blocks,
            n_heads=self.attention_heads,
            text_alone=self.text_alone,
            **sizes,
        )
