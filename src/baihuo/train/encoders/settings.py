"""Settings of adapting an encoder. Without torch, so that the command line can read them everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from baihuo.encode import MINILM


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How an encoder is trained."""

    learning_rate: float = 5e-5
    temperature: float = 0.05
    batch: int = 64  # products
    passes: float = 1.0  # over the products, at most
    kept: float = 1.0  # weight of "the cosines stay as they were"
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptSettings:
    """What is adapted, and for how long."""

    encoder: str = MINILM  # whose place it takes
    minutes: float = 20.0
    folder: Path | None = None  # of another encoder to start from
    as_is: bool = False  # judge the encoder of ``folder`` without training it
    lora: bool = False
    threads: int = 1
    fit: FitSettings = field(default_factory=FitSettings)
