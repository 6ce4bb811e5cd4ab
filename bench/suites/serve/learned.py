"""Shops with histories, features and click models, and the same shops with the click models out of every order."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from baihuo import connect, flow
from baihuo.core import GateClosed
from baihuo.core.progress import Progress, no_progress
from baihuo.core.tables import table_to_products
from baihuo.engine import DuckTables
from baihuo.settings import Settings, Shop
from baihuo.simulate import UNTIL_US, make_shop
from suites.serve.history import write_history

_DAY_US = 86_400_000_000
LEARNED = {"search": "learned", "home": "learned", "similar": "learned"}
WITHOUT = {"search": "text", "home": "fused", "similar": "fused"}


def sample_shop(
    root: Path,
    *,
    n_products: int,
    n_events: int,
    seed: int,
    with_clicks: bool = True,
    progress: Progress = no_progress,
) -> Shop:
    """The simulated shop of ``baihuo demo``, trained and live; ``with_clicks``: with click models, which take most of its time."""
    shop, until_us = Shop(root / "sample"), _today()
    files = root / "sample-files"
    made = make_shop(
        files,
        seed=seed,
        n_products=n_products,
        n_events=n_events,
        until_us=until_us,
        progress=progress,
    )
    shop.write_settings(Settings(name="sample", is_simulation=True))
    shutil.copytree(files / "words", shop.root / "words")
    flow.import_files(shop, [made.products, made.events], progress=progress)
    _make_live(shop, progress, with_clicks=with_clicks)
    return shop


def icecat_shop(
    data: Path, root: Path, *, n_events: int, seed: int, progress: Progress = no_progress
) -> Shop:
    """The real catalogue with a drawn history, trained and live."""
    shop = Shop(root / "icecat")
    shop.write_settings(Settings(name="Icecat"))
    flow.import_files(shop, [data], progress=progress)
    rows = DuckTables(threads=1).sql(
        "SELECT * FROM products", products=connect.segments(shop.raw, "products")
    )
    events = root / "icecat-events.jsonl"
    write_history(table_to_products(rows), events, n_events=n_events, until_us=_today(), seed=seed)
    flow.import_files(shop, [events], progress=progress)
    _make_live(shop, progress)
    return shop


def ordered(shop: Path, folder: Path, orders: dict[str, str]) -> Path:
    """A copy of a shop that is not being served, with these orders of its surfaces."""
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("0-*", "1-raw", "7-served"))
    file = Shop(folder).settings_file
    written = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    surfaces = {surface: {"order": order} for surface, order in orders.items()}
    file.write_text(yaml.safe_dump({**(written or {}), "surfaces": surfaces}), encoding="utf-8")
    return folder


def _today() -> int:
    return UNTIL_US + (flow.now_us() - UNTIL_US) // _DAY_US * _DAY_US


def _make_live(shop: Shop, progress: Progress, *, with_clicks: bool = True) -> None:
    """Checked, trained and released, whatever the gate finds: speed is measured."""
    flow.check(shop, progress=progress)
    trained = flow.train(shop, with_clicks=with_clicks, progress=progress)
    try:
        flow.release(shop, trained.bundle_id, progress=progress)
    except GateClosed:
        flow.release(shop, trained.bundle_id, force_reason="speed is measured", progress=progress)
