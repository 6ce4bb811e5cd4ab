"""The shop of the exam: made as ``baihuo demo`` makes one, and copied so that asking leaves no trace in it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import yaml

from baihuo import flow
from baihuo.cli.demo_run import run_demo
from baihuo.core import GateClosed
from baihuo.settings import ExplorationSettings, Settings, Shop
from baihuo.simulate import UNTIL_US, make_shop

_DAY_US = 86_400_000_000


def made(root: Path, *, seed: int, n_products: int, n_events: int) -> Shop:
    """A sample shop that is imported, checked, trained and live; its history ends today.

    A bundle that the gate refuses is released all the same: the exam asks how it orders.

    Raises:
        ShopError: the data stopped training.
    """
    sample, shop = root / "sample", Shop(root / "shop")
    if not (sample / "events.jsonl").exists():
        until_us = UNTIL_US + (flow.now_us() - UNTIL_US) // _DAY_US * _DAY_US
        make_shop(sample, seed=seed, n_products=n_products, n_events=n_events, until_us=until_us)
    report = run_demo(shop, "sample", sample, _show, print_line=_print)
    if isinstance(report.stopped, GateClosed):
        _print(f"the gate refused: {report.stopped.what}")
        flow.release(shop, force_reason="the exam asks how it orders")
    elif report.stopped is not None:
        raise report.stopped
    return shop


def as_served(shop: Path, folder: Path) -> Shop:
    """A copy of a shop that is not being served at the moment, without exploration: pages do not change by chance."""
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("0-*", "7-served"))
    copy = Shop(folder)
    settings = copy.settings()
    still = ExplorationSettings(swap_probability=0.0, slot_probability=0.0)
    serve = settings.serve.model_copy(update={"exploration": still})
    copy.write_settings(settings.model_copy(update={"serve": serve}))
    return copy


UNLEARNED = {"search": "text", "home": "fused", "similar": "fused"}


def unlearned(shop: Path, folder: Path) -> Shop:
    """A copy in which words and vectors order searches, and purchases, taste and popularity fused the other surfaces.

    The only place that knows how this is arranged.
    """
    copy = as_served(shop, folder)
    if "surfaces" in Settings.model_fields:
        written = yaml.safe_load(copy.settings_file.read_text(encoding="utf-8")) or {}
        for surface, order in UNLEARNED.items():
            written.setdefault("surfaces", {}).setdefault(surface, {})["order"] = order
        copy.settings_file.write_text(yaml.safe_dump(written), encoding="utf-8")
        copy.settings()  # raises where the switch is called otherwise
    else:
        trained = flow.train(copy, with_clicks=False, progress=_show)
        flow.release(copy, trained.bundle_id, force_reason="without click models", progress=_show)
    return copy


def _show(what: str, n_done: int, n_total: int) -> None:
    if n_done == 0:
        _print(what)


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
