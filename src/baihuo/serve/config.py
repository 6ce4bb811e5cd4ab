"""Settings of the server: plain values, which are pickled for worker processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from baihuo.access import ConsoleSettings
from baihuo.ads import AdsSettings
from baihuo.assist import AssistSetup, DeskSettings
from baihuo.core import HOME_DIVERSITY, SLOT_PROBABILITY, SWAP_PROBABILITY, web_origin
from baihuo.monitor import LogSettings
from baihuo.privacy import PrivacySettings
from baihuo.serve.traffic.settings import TrafficSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """Settings of ``baihuo serve``. Every one has a default."""

    name: str = "baihuo"  # the name of the shop, on every page of the storefront
    languages: tuple[str, ...] = ("en", "zh")
    is_simulation: bool = False  # shown on every page of the storefront
    visitors: Literal["auto", "signed", "open"] = "auto"  # see api/access.py
    allowed_hosts: tuple[str, ...] = ()  # names that requests may be addressed to; empty: any
    allowed_origins: tuple[str, ...] = ()  # sites whose pages may call the API
    picture_hosts: tuple[str, ...] = ()  # hosts whose pictures pages may show: "cdn.example.com"
    seed: int | None = None  # of exploration; None: a random one for each worker
    swap_probability: float = SWAP_PROBABILITY  # exploration: see rank/exploration.py
    slot_probability: float = SLOT_PROBABILITY
    order_switches: tuple[tuple[str, str], ...] = ()  # surface and order: see rank/orders.py
    diversity: float = HOME_DIVERSITY  # of home pages
    poll_log_ms: int = 50  # interval of reading events of other workers
    poll_catalog_ms: int = 50  # of reading products, prices and stock that others wrote
    poll_live_ms: int = 500  # of looking for a new release
    log: LogSettings = field(default_factory=lambda: LogSettings(access=False))
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    disk_reserve_bytes: int = 0  # of room: with less, nothing is written
    upkeep_s: float = 600.0  # interval of looking whether served pages are to be sealed
    served_days: float | None = None  # after which served pages are dropped; None: never
    traffic: TrafficSettings = field(default_factory=TrafficSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    assist: AssistSetup = field(default_factory=AssistSetup)
    desk: DeskSettings = field(default_factory=DeskSettings)
    ads: AdsSettings = field(default_factory=AdsSettings)
    currency: str | None = None  # of prices, where the shop has one: of bids
    n_workers: int = 1  # of the server
    open_first_s: float = 0.0  # a worker opens its release before it takes connections, so long
    clock_offset_ns: int | None = None  # of the supervisor's clock, which all its workers share
    metrics_folder: Path | None = None  # shared by the metrics of all workers; ``run`` creates it

    def __post_init__(self) -> None:
        for host in self.picture_hosts:
            web_origin(host)  # what is no host is refused at the start, not by the first page
