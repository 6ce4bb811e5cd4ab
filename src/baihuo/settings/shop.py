"""``shop.yaml`` as a whole, and a shop's folder with it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import Field

from baihuo.ads import AdsSettings
from baihuo.assist import AssistLlmSettings, AssistSettings, DeskSettings, OrdersSettings
from baihuo.backup import BackupSettings
from baihuo.core import SettingsSection, ShopPaths, load_yaml, secret_file
from baihuo.models import DeepSettings
from baihuo.settings.privacy import VisitorDataSettings
from baihuo.settings.sections import (
    EngineSettings,
    GateSettings,
    IndexSettings,
    LlmSettings,
    MonitorSettings,
    ServeSettings,
    SurfaceSettings,
    TrainSettings,
)
from baihuo.train import TuneSettings
from baihuo.valuation import ValueSettings

if TYPE_CHECKING:
    from baihuo.privacy import ColumnMask, Pseudonyms


class Settings(SettingsSection):
    """``shop.yaml``."""

    name: str = Field(
        default="baihuo", description="Name of the shop, on every page of the storefront."
    )
    currency: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{3}$",
        description="ISO 4217, for imported prices without a currency.",
    )
    languages: tuple[Literal["en", "zh"], ...] = Field(
        default=("en", "zh"),
        description="Languages of the storefront; the first is the default.",
    )
    is_simulation: bool = Field(
        default=False,
        description="Show on every page of the storefront that the shop is simulated.",
    )
    engine: EngineSettings = EngineSettings()
    index: IndexSettings = IndexSettings()
    train: TrainSettings = TrainSettings()
    deep: DeepSettings = DeepSettings()
    tune: TuneSettings = TuneSettings()
    value: ValueSettings = ValueSettings()
    gate: GateSettings = GateSettings()
    monitor: MonitorSettings = MonitorSettings()
    serve: ServeSettings = ServeSettings()
    privacy: VisitorDataSettings = VisitorDataSettings()
    surfaces: SurfaceSettings = SurfaceSettings()
    llm: LlmSettings = LlmSettings()
    assist: AssistSettings = AssistSettings()
    orders: OrdersSettings = OrdersSettings()
    assist_llm: AssistLlmSettings = AssistLlmSettings()
    desk: DeskSettings = DeskSettings()
    ads: AdsSettings = AdsSettings()
    backup: BackupSettings = BackupSettings()


@dataclass(frozen=True, slots=True)
class Shop(ShopPaths):
    """A shop: its paths and settings."""

    def settings(self) -> Settings:
        """The settings in ``shop.yaml``.

        Raises:
            BadInput: not YAML, an unknown name, or a value out of range; the message says which.
        """
        if not self.settings_file.exists():
            return Settings()
        return load_yaml(self.settings_file, Settings)

    def write_settings(self, settings: Settings) -> None:
        """Write ``shop.yaml`` with the settings that differ from the defaults."""
        self.root.mkdir(parents=True, exist_ok=True)
        changed = settings.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(changed, allow_unicode=True, sort_keys=False) if changed else ""
        self.settings_file.write_text(text, encoding="utf-8")

    def pseudonyms(self) -> Pseudonyms:
        """What masks the texts and ids that are stored."""
        from baihuo.privacy import Pseudonyms

        return Pseudonyms(self.mask_key(), self.settings().privacy.ids)

    def column_mask(self) -> ColumnMask:
        """The same for the columns of files that are imported."""
        from baihuo.privacy import column_mask

        return column_mask(self.mask_key(), self.settings().privacy.ids)

    def mask_key(self) -> bytes:
        """The key of the pseudonyms of this shop, created once, readable only by its owner."""
        return secret_file(self.mask_key_file, lambda: secrets.token_bytes(32))


def llm_key() -> str:
    """The key of the generative model's address; empty without one."""
    return os.environ.get("BAIHUO_LLM_KEY", "")


def shop_folder(folder: Path | None) -> Shop:
    """The shop in ``folder``, else in ``$BAIHUO_SHOP``, else in ``./shop``."""
    return Shop(folder or Path(os.environ.get("BAIHUO_SHOP", "shop")))
