"""How a network over columns of numbers is built and fitted. No torch here: settings are read where nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """How a network is built and fitted."""

    model: str = "mlp"
    """A network that reads numbers alone, by its name in the registry."""
    layers: tuple[int, ...] = (256,)
    dropout: float = 0.2
    l2: float = 1e-5  # on weights, not on biases
    learning_rate: float = 2e-3
    batch_rows: int = 4096
    max_epochs: int = 20
    patience: int = 4  # epochs without a better validation loss
    seed: int = 7
    threads: int = (
        1  # such small products gain nothing from more, and lose much where cores are shared
    )
