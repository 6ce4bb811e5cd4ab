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
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator

from baihuo.core import BadInput, web_origin
from baihuo.core.defaults import SLOT_PROBABILITY, SWAP_PROBABILITY


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainSettings(_Section):
    """What ``baihuo train`` may be told."""

    attribution_minutes: PositiveInt = 30  # an impression's outcome counts within this time
    min_test_clicks: PositiveInt = 100  # fewer: the click models are left out, with a word why
    seed: int = 7


class ExplorationSettings(_Section):
    """How much chance is in the order of pages. Without any, every propensity is 1 and the log tells
    nothing of another order (``baihuo evaluate --policy``)."""

    swap_probability: float = Field(
        default=SWAP_PROBABILITY, ge=0, lt=1
    )  # of each pair of neighbours
    slot_probability: float = Field(
        default=SLOT_PROBABILITY, ge=0, lt=1
    )  # of one random slot a page


class ServeSettings(_Section):
    """What ``baihuo serve`` may be told."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: PositiveInt = 1
    exploration: ExplorationSettings = ExplorationSettings()
    picture_hosts: tuple[str, ...] = ()  # pages show pictures of these: [cdn.example.com]

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
    """What a bundle must show before it may serve. A small shop has wide intervals: say so here."""

    lowest_lift: float = -0.02  # nDCG@10 over the best baseline: the interval's low end
    lowest_mid_lift: float = 0.0  # the same, the interval's middle
    lowest_against_live: float = -0.03  # the same over what serves; refused too if surely below 0
    lowest_auc: float = Field(default=0.55, ge=0, le=1)  # of P(click)
    most_calibration_error: float = Field(default=0.01, ge=0)  # plus a tenth of the click rate
    most_skew: float = Field(
        default=1e-3, ge=0, le=1
    )  # share of values that serving sees otherwise
    most_p50_ratio: float = Field(default=4.0, gt=0)  # CPU of a page, in yardsticks of this machine
    most_p99_ratio: float = Field(default=16.0, gt=0)  # the same of one page in a hundred
    most_p50_ms: float | None = Field(default=None, gt=0)  # absolute; unset: a warning above 15
    most_p99_ms: float | None = Field(default=None, gt=0)  # absolute; unset: a warning above 60


class EngineSettings(_Section):
    """How much of the machine tables may take."""

    memory_mb: PositiveInt = 2048
    threads: PositiveInt | None = None  # None: all cores
    partition_rows: PositiveInt = 6_000_000  # events checked at once, about (docs/decisions/0009)


class Settings(_Section):
    """``shop.yaml``."""

    name: str = "baihuo"
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")  # for imports without one
    languages: tuple[Literal["en", "zh"], ...] = ("en", "zh")
    is_simulation: bool = False  # said on every page of the storefront
    engine: EngineSettings = EngineSettings()
    train: TrainSettings = TrainSettings()
    gate: GateSettings = GateSettings()
    serve: ServeSettings = ServeSettings()


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's folder: where each stage of the line keeps its things."""

    root: Path

    @property
    def settings_file(self) -> Path:
        return self.root / "shop.yaml"

    @property
    def rules_file(self) -> Path:
        return self.root / "quality.yaml"

    @property
    def features_file(self) -> Path:
        """What the click models read beyond the default features."""
        return self.root / "features.yaml"

    @property
    def ratings(self) -> Path:
        """Judged searches, where the shop has them: query, docid, rating."""
        return self.root / "ratings.csv"

    @property
    def judgements(self) -> Path:
        """Who judged what of searches."""
        return self.raw / "judgements.sqlite"

    @property
    def raw(self) -> Path:
        return self.root / "1-raw"

    @property
    def clean(self) -> Path:
        return self.root / "2-clean"

    @property
    def features(self) -> Path:
        return self.root / "3-features"

    @property
    def train(self) -> Path:
        return self.root / "4-train"

    @property
    def bundles(self) -> Path:
        return self.root / "5-bundles"

    @property
    def index(self) -> Path:
        return self.root / "6-index"

    @property
    def served(self) -> Path:
        return self.root / "7-served"

    @property
    def log(self) -> Path:
        return self.raw / "log.sqlite"

    @property
    def catalog(self) -> Path:
        return self.clean / "catalog.sqlite"

    @property
    def served_log(self) -> Path:
        return self.served / "served.sqlite"

    def settings(self) -> Settings:
        """What ``shop.yaml`` says.

        Raises:
            BadInput: not YAML, an unknown name, or a value out of range; says which.
        """
        if not self.settings_file.exists():
            return Settings()
        try:
            read = yaml.safe_load(self.settings_file.read_text(encoding="utf-8")) or {}
            return Settings.model_validate(read)
        except yaml.YAMLError as error:
            raise BadInput(
                f"{self.settings_file} is not YAML: {error}", fix="mend that line"
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise BadInput(
                f"{self.settings_file}: {name} = {first['input']!r}: {first['msg']}",
                fix="correct it, or delete the line to take the default",
            ) from error

    def write_settings(self, settings: Settings) -> None:
        """Write ``shop.yaml`` with what differs from the defaults."""
        self.root.mkdir(parents=True, exist_ok=True)
        changed = settings.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(changed, allow_unicode=True, sort_keys=False) if changed else ""
        self.settings_file.write_text(text, encoding="utf-8")

    def mask_key(self) -> bytes:
        """The key of this shop's pseudonyms, made once, readable by its owner only."""
        path = self.root / "mask.key"
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(key := secrets.token_bytes(32))
        return key


def shop_folder(given: Path | None) -> Shop:
    """The folder given, else ``$BAIHUO_SHOP``, else ``./shop``."""
    return Shop(given or Path(os.environ.get("BAIHUO_SHOP", "shop")))
