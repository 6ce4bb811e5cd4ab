"""How a network over columns of numbers is built and fitted. No torch here: settings are read where nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
)

from baihuo.models.deep.registry import NETWORKS
from baihuo.models.deep.settings import DeepSettings


def _of_numbers(name: str) -> str:
    """Refuse a network that reads more than numbers."""
    names = [n for n, spec in NETWORKS.items() if not spec.needs_history]
    if name not in names:
        raise ValueError(f"one of {', '.join(names)}")
    return name


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """How a network is built and fitted."""

    model: Annotated[str, AfterValidator(_of_numbers)] = "mlp"
    """A network that reads numbers alone, by its name in the registry."""
    layers: tuple[PositiveInt, ...] = (256,)
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    l2: NonNegativeFloat = 1e-5  # on weights, not on biases
    learning_rate: PositiveFloat = 2e-3
    batch_rows: PositiveInt = 4096
    max_epochs: PositiveInt = 20
    patience: PositiveInt = 4  # epochs without a better validation loss
    seed: NonNegativeInt = 7
    threads: PositiveInt = (
        1  # such small products gain nothing from more, and lose much where cores are shared
    )

    def settings(self) -> DeepSettings:
        """As the trainer has them: the same weights on every processor, so no products in bfloat16."""
        given = {name: getattr(self, name) for name in self.__slots__ if name != "max_epochs"}
        return DeepSettings(**given, epochs=self.max_epochs, precision="float32", device="cpu")
