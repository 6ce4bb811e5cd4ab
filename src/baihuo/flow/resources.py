"""What the stages open in a shop: its engine, its rows, its features, its bundles."""

from __future__ import annotations

import time
from pathlib import Path

from baihuo import bundle, model_inputs, quality
from baihuo.bundle import Bundle
from baihuo.core import NotFound
from baihuo.core.progress import Progress, silent
from baihuo.encode import export_encoders
from baihuo.engine import DuckTables, Tables
from baihuo.features import FeatureSet, default_features
from baihuo.features.spec.file import FeaturesFile, read_features_file
from baihuo.settings import Shop


def engine(shop: Shop) -> Tables:
    """The embedded engine, with as much of the machine as ``shop.yaml`` gives it."""
    said = shop.settings().engine
    return DuckTables(
        memory_mb=said.memory_mb, threads=said.threads, spill_dir=shop.features / ".spill"
    )


def now_us() -> int:
    """Microseconds UTC on our clock."""
    return time.time_ns() // 1_000


def row_store(shop: Shop) -> quality.RowStore:
    """quality: where this shop's rows are, for whoever asks after single ones."""
    return quality.RowStore.of(engine(shop), shop.raw, shop.clean)


def encoder_folder(shop: Shop, *, progress: Progress = silent) -> Path:
    """The encoders that bundles of this shop carry, exported once."""
    folder = shop.encoders
    return folder if folder.exists() else export_encoders(folder, progress=progress)


def declared_features(shop: Shop) -> FeaturesFile:
    """features: what ``features.yaml`` declares beyond the default features; nothing without one.

    Raises:
        BadInput: says which line is wrong.
    """
    known = model_inputs.click_columns(default_features())
    return read_features_file(shop.features_file, known=known)


def served_features(shop: Shop) -> FeatureSet:
    """What serving looks up: the live bundle's features, before the first one those declared."""
    if (live := live_bundle(shop)) is not None:
        return features_of(live)
    return declared_features(shop).feature_set()


def features_of(named: Bundle) -> FeatureSet:
    """What the models of a bundle read."""
    return FeatureSet.from_json(named.text("features.json"))


def live_bundle(shop: Shop) -> Bundle | None:
    """The bundle that serves now."""
    live = bundle.read_live(shop.bundles)
    return None if live is None else Bundle.open(shop.bundles / live.bundle_id)


def bundle_or_newest(shop: Shop, bundle_id: str | None) -> Bundle:
    """The bundle named, else the newest."""
    if bundle_id is not None:
        return Bundle.open(shop.bundles / bundle_id)
    sealed = sorted(shop.bundles.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime_ns)
    if not sealed:
        raise NotFound(f"no bundle in {shop.bundles}", fix="run: baihuo train")
    return Bundle.open(sealed[-1].parent)


def is_released(shop: Shop) -> bool:
    """Whether anything serves."""
    return bundle.read_live(shop.bundles) is not None
