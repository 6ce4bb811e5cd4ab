"""What a server may be told. Plain values, so that it travels to worker processes as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from baihuo.core.defaults import SLOT_PROBABILITY, SWAP_PROBABILITY


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """Every value has a default that serves a shop."""

    name: str = "baihuo"  # on every page of the storefront
    languages: tuple[str, ...] = ("en", "zh")
    is_simulation: bool = False  # said on every page of the storefront
    picture_hosts: tuple[str, ...] = ()  # whose pictures pages show: "cdn.example.com"
    seed: int | None = None  # of exploration; None: another one for each worker
    swap_probability: float = SWAP_PROBABILITY  # exploration: see rank/exploration.py
    slot_probability: float = SLOT_PROBABILITY
    poll_log_ms: int = 50  # how often events of other workers are looked for
    poll_catalog_ms: int = 150  # the same for products, prices and stock
    poll_live_ms: int = 500  # the same for a newly released bundle or index
    max_body_mb: int = 8
    metrics_folder: Path | None = None  # where workers add up their counts; ``run`` makes one
