"""The only reader of settings files and environment. Rooms get what they need as arguments.

``shop.yaml`` in the shop's folder holds what a shop may set; every value has a default, so an empty
file (or none) is a working shop. Names it does not know are errors, so a misspelling is seen.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator

from baihuo.core import BadInput, ShopPaths, web_origin
from baihuo.core.defaults import ATTRIBUTION_MINUTES, SLOT_PROBABILITY, SWAP_PROBABILITY
from baihuo.core.secret_file import secret_file
from baihuo.core.yaml_model import load_yaml


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainSettings(_Section):
    """What ``baihuo train`` reads."""

    attribution_minutes: PositiveInt = Field(
        default=ATTRIBUTION_MINUTES,
        description="An outcome counts for an impression within this time. "
        "Set `labels.attribution_minutes` of quality.yaml to the same.",
    )
    min_test_clicks: PositiveInt = Field(
        default=100,
        description="With fewer clicks in the test time the click models are left out, and the report says so.",
    )
    seed: int = Field(default=7, description="The same seed and data give the same models.")


class ExplorationSettings(_Section):
    """How much chance is in the order of pages. Without any, every propensity is 1 and the log tells
    nothing of another order (``baihuo evaluate --policy``)."""

    swap_probability: float = Field(
        default=SWAP_PROBABILITY, ge=0, lt=1, description="Of each pair of neighbours on a page."
    )
    slot_probability: float = Field(
        default=SLOT_PROBABILITY, ge=0, lt=1, description="Of one random slot on a page."
    )


class ServeSettings(_Section):
    """What ``baihuo serve`` reads."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; `0.0.0.0` is every address of the machine.",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="0 takes a free one.")
    workers: PositiveInt = Field(default=1, description="Processes that answer requests.")
    exploration: ExplorationSettings = ExplorationSettings()
    picture_hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts whose pictures pages show besides the shop's own, as in `[cdn.example.com]`.",
    )

    @field_validator("picture_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            try:
                web_origin(host)
            except BadInput as error:
                raise ValueError(f"{error.what}; {error.fix}") from None
        return hosts


class GateSettings(_Section):
    """What a bundle must show before it may serve. A small shop has wide intervals: allow for that here."""

    lowest_lift: float = Field(
        default=-0.02,
        description="nDCG@10 over the best baseline: the low end of its 95% interval.",
    )
    lowest_mid_lift: float = Field(default=0.0, description="The same, the interval's middle.")
    lowest_against_live: float = Field(
        default=-0.03,
        description="nDCG@10 over the live bundle, the interval's middle; a bundle that is surely worse is refused in any case.",
    )
    lowest_auc: float = Field(default=0.55, ge=0, le=1, description="Of P(click).")
    most_calibration_error: float = Field(
        default=0.01, ge=0, description="Of P(click); a tenth of the click rate is added."
    )
    most_skew: float = Field(
        default=1e-3,
        ge=0,
        le=1,
        description="Share of values that serving sees otherwise than training.",
    )
    most_p50_ratio: float = Field(
        default=4.0, gt=0, description="CPU time of a page, in yardsticks timed on this machine."
    )
    most_p99_ratio: float = Field(
        default=16.0, gt=0, description="The same of the slowest page in a hundred."
    )
    most_p50_ms: float | None = Field(
        default=None,
        gt=0,
        description="CPU time of a page, absolute; unset, more than 15 ms is a warning.",
    )
    most_p99_ms: float | None = Field(
        default=None,
        gt=0,
        description="The same of the slowest page in a hundred; unset, more than 60 ms is a warning.",
    )


class EngineSettings(_Section):
    """How much of the machine tables may take."""

    memory_mb: PositiveInt = Field(
        default=2048, description="What is larger is spilled to the disk."
    )
    threads: PositiveInt | None = Field(default=None, description="Unset: all cores.")
    partition_rows: PositiveInt = Field(
        default=6_000_000,
        description="Events that are checked at once, about (docs/decisions/0009).",
    )


class Settings(_Section):
    """``shop.yaml``."""

    name: str = Field(default="baihuo", description="On every page of the storefront.")
    currency: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{3}$",
        description="ISO 4217, for imports whose prices name none.",
    )
    languages: tuple[Literal["en", "zh"], ...] = Field(
        default=("en", "zh"),
        description="Of the storefront; the first is used where the browser asks for none of them.",
    )
    is_simulation: bool = Field(
        default=False, description="Every page of the storefront says that the shop is simulated."
    )
    engine: EngineSettings = EngineSettings()
    train: TrainSettings = TrainSettings()
    gate: GateSettings = GateSettings()
    serve: ServeSettings = ServeSettings()


@dataclass(frozen=True, slots=True)
class Shop(ShopPaths):
    """A shop's folder, and what its owner set there."""

    def settings(self) -> Settings:
        """What ``shop.yaml`` says.

        Raises:
            BadInput: not YAML, an unknown name, or a value out of range; says which.
        """
        if not self.settings_file.exists():
            return Settings()
        return load_yaml(self.settings_file, Settings)

    def write_settings(self, settings: Settings) -> None:
        """Write ``shop.yaml`` with what differs from the defaults."""
        self.root.mkdir(parents=True, exist_ok=True)
        changed = settings.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(changed, allow_unicode=True, sort_keys=False) if changed else ""
        self.settings_file.write_text(text, encoding="utf-8")

    def mask_key(self) -> bytes:
        """The key of this shop's pseudonyms, made once, readable by its owner only."""
        return secret_file(self.mask_key_file, lambda: secrets.token_bytes(32))


def shop_folder(given: Path | None) -> Shop:
    """The folder given, else ``$BAIHUO_SHOP``, else ``./shop``."""
    return Shop(given or Path(os.environ.get("BAIHUO_SHOP", "shop")))
