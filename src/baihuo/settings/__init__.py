"""Settings of a shop: the only reader of settings files and environment. Other packages get arguments.

``shop.yaml`` in the shop's folder holds the settings. Every one has a default, so an empty file (or
none) works. Unknown names are errors, so a misspelling is noticed.
"""

from baihuo.settings.privacy import RetentionSettings, VisitorDataSettings
from baihuo.settings.sections import (
    EngineSettings,
    ExplorationSettings,
    GateSettings,
    IndexSettings,
    LlmSettings,
    MonitorSettings,
    RecommendationSurface,
    SearchSurface,
    ServeSettings,
    SurfaceSettings,
    TrainSettings,
)
from baihuo.settings.shop import Settings, Shop, llm_key, shop_folder

__all__ = [
    "EngineSettings",
    "ExplorationSettings",
    "GateSettings",
    "IndexSettings",
    "LlmSettings",
    "MonitorSettings",
    "RecommendationSurface",
    "RetentionSettings",
    "SearchSurface",
    "ServeSettings",
    "Settings",
    "Shop",
    "SurfaceSettings",
    "TrainSettings",
    "VisitorDataSettings",
    "llm_key",
    "shop_folder",
]
