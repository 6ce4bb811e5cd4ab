"""The straight line: each stage one call, in order, readable aloud.

    connect → events + catalog → quality → features → train → release → rank → serve → events

Everything a stage leaves behind lies in the shop's folder, numbered in this order; a stage reads
what the one before it left, so each can be run alone and again.
"""

from __future__ import annotations

import getpass
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from baihuo import bundle, catalog, connect, index, labels, privacy, quality
from baihuo import release as releasing
from baihuo.bundle import Bundle, ClickModels, Part
from baihuo.catalog import Catalog
from baihuo.connect import ImportResult
from baihuo.core import NotFound, Query, Served, ShopError, Unsupported
from baihuo.core.progress import Progress, silent
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables, Tables
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.features import FeatureSet, default_features, snapshot, state_folder
from baihuo.features.spec.file import FeaturesFile, read_features_file
from baihuo.index import Generation
from baihuo.monitor.compared import compare_policies
from baihuo.monitor.policies import POLICIES, PolicyReport
from baihuo.monitor.served_skew import measure_served_skew
from baihuo.monitor.skew_file import ServedSkew
from baihuo.monitor.status import Folders, Status
from baihuo.monitor.status import status as look
from baihuo.quality import QualityReport
from baihuo.rank import Exploration, WhyNot, why_not
from baihuo.release import Forced, GateLimits, GateReport
from baihuo.serve import ServeConfig, run
from baihuo.serve.answer import page_json
from baihuo.serve.now import Now as ServingState
from baihuo.serve.now import open_now
from baihuo.settings import Shop
from baihuo.train import (
    ClickTraining,
    fit_nearness,
    judge_search,
    train_clicks,
    train_purchases,
)
from baihuo.train import update as update_clicks

_STILL = Exploration(swap_probability=0, slot_probability=0)


def engine(shop: Shop) -> Tables:
    """The embedded engine, with as much of the machine as ``shop.yaml`` gives it."""
    said = shop.settings().engine
    return DuckTables(
        memory_mb=said.memory_mb, threads=said.threads, spill_dir=shop.features / ".spill"
    )


def import_files(
    shop: Shop,
    files: Sequence[Path],
    *,
    kind: str | None = None,
    file_format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    encoding: str | None = None,
    progress: Progress = silent,
) -> ImportResult:
    """connect: files into sealed segments; what cannot be used into quarantine."""
    return connect.import_files(
        connect.data_files(files),
        raw=shop.raw,
        tables=engine(shop),
        mask=privacy.column_mask(shop.mask_key()),
        kind=cast("Literal['events', 'products'] | None", kind),
        format=file_format,
        mapping=mapping,
        currency=currency or shop.settings().currency,
        encoding=encoding,
        progress=progress,
    )


def check(
    shop: Shop, *, pictures: Path | None = None, is_anew: bool = False, progress: Progress = silent
) -> QualityReport:
    """quality: everything that came in, through the checks; the catalogue gets what is clean.

    The live log is sealed into a raw segment first, so that what shoppers did until now is checked too.

    Args:
        pictures: the folder that relative paths of pictures start at; the shop's own by default.
        is_anew: check every range of days, also those that nothing new touches.
    """
    if pictures is None and shop.pictures.is_dir():
        pictures = shop.pictures
    tables, rules = engine(shop), quality.load_rules(shop.rules_file)
    with quality.locked(shop.clean):
        seal_log(shop)
        imported = connect.segments(shop.raw, "products")
        others = catalog.write_others(
            shop.catalog, tables, imported, shop.raw / "products" / "api.parquet"
        )
        report = quality.clean(
            tables,
            events=connect.segments(shop.raw, "events"),
            products=[*imported, others] if others else imported,
            out=shop.clean,
            rules=rules,
            mask_key=shop.mask_key(),
            pictures=pictures,
            own=quality.own_checks(rules, shop.root, [c.name for c in quality.CHECKS]),
            readmitted=quality.Readmitted.of(connect.imports(shop.raw)),
            refused=quality.refused_rows(shop.raw),
            partition_rows=shop.settings().engine.partition_rows,
            is_anew=is_anew,
            is_locked=True,
            progress=progress,
        )
        if not any(x.verdict == "stop" and x.table == "products" for x in report.limits):
            catalog.fill(shop.catalog, tables, shop.clean / "products.parquet")
    return report


def rows_at(shop: Shop) -> quality.Place:
    """quality: where this shop's rows are, for whoever asks after single ones."""
    return quality.Place.of(engine(shop), shop.raw, shop.clean)


def seal_log(shop: Shop) -> None:
    """events: what the live log holds becomes a segment beside the imports."""
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            log.seal(shop.raw / "events")
        finally:
            log.close()


def make_index(shop: Shop, *, progress: Progress = silent) -> Path:
    """encode and index: the catalogue's words and vectors as one immutable generation."""
    threads = shop.settings().engine.threads or os.cpu_count() or 1
    encoders = Encoders.open(encoder_folder(shop, progress=progress), n_threads=threads)
    products = Catalog(shop.catalog)
    cache = VectorCache(shop.train / "vectors.sqlite")
    try:
        return index.build(
            products.products(), encoders=encoders, cache=cache, out=shop.index, progress=progress
        )
    finally:
        cache.close()
        products.close()


def encoder_folder(shop: Shop, *, progress: Progress = silent) -> Path:
    """The encoders that bundles of this shop carry, exported once."""
    folder = shop.train / "encoders"
    return folder if folder.exists() else export_encoders(folder, progress=progress)


def make_state(
    shop: Shop, features: FeatureSet | None = None, *, progress: Progress = silent
) -> Path:
    """features: what serving knows of every product and visitor at this moment."""
    features = features or _served_features(shop)
    out = state_folder(shop.features, features)
    snapshot(
        engine(shop),
        features,
        events=shop.clean / quality.EVENTS_FOLDER,
        products=shop.clean / "products.parquet",
        at_us=now_us(),
        out=out,
        progress=progress,
    )
    return out


def forget_states(shop: Shop) -> None:
    """features: states that neither the live bundle nor the one before it serves from are deleted."""
    live = bundle.read_live(shop.bundles)
    served = {pair.bundle_id for pair in (live and live.now, bundle.previous(live)) if pair}
    kept = {
        state_folder(shop.features, FeatureSet.from_json(Bundle.open(path).text("features.json")))
        for path in (shop.bundles / bundle_id for bundle_id in served)
        if path.exists()
    }
    for folder in (shop.features / "state").glob("*"):
        if folder.is_dir() and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def declared_features(shop: Shop) -> FeaturesFile:
    """features: what ``features.yaml`` declares beyond the default features; nothing without one.

    Raises:
        BadInput: says which line is wrong.
    """
    known = bundle.click_columns(default_features())
    return read_features_file(shop.features_file, known=known)


def _served_features(shop: Shop) -> FeatureSet:
    """What serving looks up: the live bundle's features, before the first one those declared."""
    if (live := _live(shop)) is not None:
        return FeatureSet.from_json(live.text("features.json"))
    return declared_features(shop).feature_set()


@dataclass(frozen=True, slots=True)
class Trained:
    """A sealed bundle, and how it did beside its baselines."""

    bundle_id: str
    report: dict[str, Any]  # the bundle's report.json


def train(
    shop: Shop,
    *,
    continued: Bundle | None = None,
    with_clicks: bool = True,
    progress: Progress = silent,
) -> Trained:
    """train: click models from impressions, purchase models from purchases, sealed as one bundle.

    A shop with too few clicks or purchases gets a bundle without that model, and the report says
    why. ``continued`` goes on from the weights of that bundle; ``with_clicks=False`` leaves the click
    models out, which take most of the time.

    Raises:
        QualityStop: the data failed its checks.
    """
    checked = QualityReport.load(shop.clean / "report.json")
    checked.raise_if_stopped()
    tables, said, declared = engine(shop), shop.settings(), declared_features(shop)
    generation = make_index(shop, progress=progress)
    encoders = shop.train / "encoders"
    opened = Generation.open(generation, Encoders.open(encoders))
    events, products = shop.clean / quality.EVENTS_FOLDER, shop.clean / "products.parquet"
    run = shop.train / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    parts: dict[str, Part] = {
        "encoders": encoders,
        "features.json": declared.feature_set().to_json(),
    }
    report: dict[str, Any] = {
        "index_id": generation.name,
        "quality": {
            "rules_version": checked.rules_version,
            "run_id": checked.run_id,
            "warnings": checked.warnings,
        },
    }
    asked = ClickTraining(
        attribution_minutes=said.train.attribution_minutes,
        min_test_clicks=said.train.min_test_clicks,
        seed=said.train.seed,
        threads=said.engine.threads or 2,
    )
    try:
        if not with_clicks:
            raise Unsupported("left out, as asked", fix="run: baihuo train")
        learn = (
            partial(train_clicks, declared=declared)
            if continued is None
            else partial(update_clicks, bundle=continued)
        )
        clicks = learn(
            tables,
            events=events,
            products=products,
            generation=opened,
            out=shop.features,
            run=run,
            quality=checked,
            served=served_pages(shop),
            live=_live(shop),
            config=asked,
            progress=progress,
        )
        parts |= clicks.parts
        report["clicks"] = clicks.report
    except Unsupported as why:
        report["no_clicks"] = why.what
    purchases = train_purchases(tables, events=events, products=products, progress=progress)
    parts |= purchases.parts
    report["purchases"] = purchases.to_json()
    judged = settled(shop)
    nearness = fit_nearness(opened, judged.by_query, seed=said.train.seed)
    parts["thresholds.json"] = nearness.thresholds.to_json()
    if len(judged):
        report["judgements"] = {**judged.to_json(), "nearness": nearness.report}
        report["search"] = judge_search(opened, judged.by_query, thresholds=nearness.thresholds)
    parts["report.json"] = report
    return Trained(bundle.write(shop.bundles, parts), report)


def served_pages(shop: Shop) -> Path | None:
    """The pages we served with the features they were ranked by; None before the first one."""
    if not shop.served_log.exists():
        return None
    log = ServedLog(shop.served_log)
    try:
        out = shop.served / "served.parquet"
        return out if log.to_parquet(out) else None
    finally:
        log.close()


def settled(shop: Shop) -> labels.Settled:
    """labels: what raters say together, in the log of judgements and in ``ratings.csv``."""
    if not shop.judgements.exists():
        return labels.settle(None, shop.ratings)
    log = JudgementLog(shop.judgements)
    try:
        return labels.settle(log.table(), shop.ratings)
    finally:
        log.close()


def evaluate(shop: Shop, bundle_id: str | None = None) -> dict[str, Any]:
    """evaluate: what the held-out time said of a bundle and its baselines."""
    return cast("dict[str, Any]", _bundle(shop, bundle_id).json("report.json"))


def policy_values(
    shop: Shop,
    policies: Sequence[str] = tuple(POLICIES),
    *,
    surface: str | None = None,
    progress: Progress = silent,
) -> PolicyReport:
    """evaluate: what policies would have earned on the newest pages served, from the chance in them.

    Args:
        policies: Names of :data:`baihuo.monitor.policies.POLICIES`, or ids of bundles.
        surface: Only this one.

    Raises:
        NotFound: no page was served, nothing was checked, or there is no such bundle.
    """
    return compare_policies(
        engine(shop),
        policies,
        served_log=shop.served_log,
        events=shop.clean / quality.EVENTS_FOLDER,
        products=shop.clean / "products.parquet",
        bundles={name: _bundle(shop, name) for name in policies if name not in POLICIES},
        indexes=shop.index,
        attribution_minutes=shop.settings().train.attribution_minutes,
        surface=surface,
        progress=progress,
    )


def measure_skew(shop: Shop, *, progress: Progress = silent) -> ServedSkew | None:
    """monitor: the newest pages of the live bundle compared with the SQL, kept in ``7-served/skew.json``.

    Returns:
        None where nothing is live, served or checked yet.
    """
    live, events = bundle.read_live(shop.bundles), shop.clean / quality.EVENTS_FOLDER
    is_checked = any(events.glob("*.parquet"))
    if live is None or not (shop.served_log.exists() and is_checked):
        return None
    measured = measure_served_skew(
        engine(shop),
        live,
        Bundle.open(shop.bundles / live.bundle_id),
        raw=shop.raw,
        log=shop.log,
        served_log=shop.served_log,
        events=events,
        products=shop.clean / "products.parquet",
        at_us=now_us(),
        progress=progress,
    )
    measured.write(shop.skew_file)
    return measured


def status(shop: Shop) -> Status:
    """monitor: what state the shop is in, stage by stage, and what to do next. Writes nothing."""
    problems = []
    try:
        shop.settings()
    except ShopError as error:
        problems.append(f"{error.what} (fix: {error.fix})")
    folders = Folders(
        root=shop.root,
        raw=shop.raw,
        clean=shop.clean,
        features=shop.features,
        bundles=shop.bundles,
        index=shop.index,
        log=shop.log,
        served_log=shop.served_log,
        skew_file=shop.skew_file,
    )
    return look(folders, at_us=now_us(), problems=problems)


def _features_of(named: Bundle) -> FeatureSet:
    return FeatureSet.from_json(named.text("features.json"))


def ask_gate(
    shop: Shop, bundle_id: str | None = None, *, progress: Progress = silent
) -> GateReport:
    """release: quality, lift, calibration, skew and latency of a bundle, written into it."""
    candidate = _bundle(shop, bundle_id)
    served = measure_skew(shop, progress=progress)
    if served is not None and served.features != _features_of(candidate).hash:
        served = None  # what other features did says nothing of these
    make_state(shop, _features_of(candidate), progress=progress)
    return releasing.ask_gate(
        engine(shop),
        candidate,
        live=bundle.read_live(shop.bundles),
        events=shop.clean / quality.EVENTS_FOLDER,
        products=shop.clean / "products.parquet",
        index=shop.index / candidate.json("report.json")["index_id"],
        features=shop.features,
        quality=QualityReport.load(shop.clean / "report.json"),
        limits=GateLimits(**shop.settings().gate.model_dump()),
        at_us=now_us(),
        served=served,
        progress=progress,
    )


def release(
    shop: Shop,
    bundle_id: str | None = None,
    *,
    force_reason: str | None = None,
    progress: Progress = silent,
) -> GateReport:
    """release: the gate, then one rename that running servers follow without a failed request.

    Args:
        force_reason: Let it serve even if the gate refuses it, unless the data failed its checks. Kept in
            the bundle with the name of who says so.

    Raises:
        GateClosed: says every reason; the live bundle stays.
    """
    return release_asked(
        shop, ask_gate(shop, bundle_id, progress=progress), force_reason=force_reason
    )


def release_asked(shop: Shop, said: GateReport, *, force_reason: str | None = None) -> GateReport:
    """release: what :func:`ask_gate` was asked about goes live, if it may; see :func:`release`."""
    forced = None
    if force_reason is not None and not said.is_open:
        forced = Forced(by=getpass.getuser(), reason=force_reason, at_us=now_us())
    index_id = _bundle(shop, said.bundle_id).json("report.json")["index_id"]
    releasing.release(shop.bundles, said.bundle_id, index_id, forced=forced)
    forget_states(shop)
    return replace(said, forced=forced)


def is_released(shop: Shop) -> bool:
    """Whether anything serves."""
    return bundle.read_live(shop.bundles) is not None


def rollback(shop: Shop) -> str:
    """release: the bundle before the live one, with the index and the features it served with."""
    if (older := bundle.previous(bundle.read_live(shop.bundles))) is not None:
        older_bundle = Bundle.open(shop.bundles / older.bundle_id)
        make_state(shop, FeatureSet.from_json(older_bundle.text("features.json")))
    return releasing.rollback(shop.bundles).bundle_id


def update_live(shop: Shop, *, progress: Progress = silent) -> GateReport:
    """check, train on from the live weights with what is new, and the same gate."""
    check(shop, progress=progress)
    continued = _live(shop)
    if continued is not None and ClickModels.open(continued) is None:
        continued = None  # nothing to continue from: purchases are learned anew each time
    trained = train(shop, continued=continued, progress=progress)
    return release(shop, trained.bundle_id, progress=progress)


def update_on_schedule(
    shop: Shop,
    *,
    every_hours: float,
    said: Callable[[GateReport | ShopError], None],
    progress: Progress = silent,
) -> None:
    """:func:`update_live` now and every so often, one at a time, until the process is stopped.

    What goes wrong is told and the next turn tries again: a bad hour must not end the schedule.
    """

    def turn() -> None:
        try:
            said(update_live(shop, progress=progress))
        except ShopError as why:
            said(why)

    releasing.repeat(turn, every_hours=every_hours)


def serve(
    shop: Shop, *, host: str | None = None, port: int | None = None, workers: int | None = None
) -> None:
    """serve: API and storefront, until stopped."""
    said = shop.settings()
    run(
        shop.root,
        host=host or said.serve.host,
        port=said.serve.port if port is None else port,
        workers=workers or said.serve.workers,
        config=ServeConfig(
            name=said.name,
            languages=said.languages,
            is_simulation=said.is_simulation,
            swap_probability=said.serve.exploration.swap_probability,
            slot_probability=said.serve.exploration.slot_probability,
            picture_hosts=said.serve.picture_hosts,
        ),
    )


@contextmanager
def open_live(shop: Shop) -> Iterator[ServingState]:
    """rank: what serves now, opened as a worker opens it, without serving and without exploration.

    Raises:
        NotFound: nothing was released yet.
    """
    live = bundle.read_live(shop.bundles)
    if live is None:
        raise NotFound("nothing was released yet", fix="run: baihuo release")
    products, log = Catalog(shop.catalog), EventLog(shop.log)
    try:
        yield open_now(shop.root, live.now, products, log, seed=0, exploration=_STILL)
    finally:
        log.close()
        products.close()


@dataclass(frozen=True, slots=True)
class Explained:
    """A page with its trace, as JSON and in parts, and what became of one product."""

    served: Served
    page_json: bytes  # as the API answers with ``explain``
    why_not: WhyNot | None


def explain(shop: Shop, query: Query, *, product_id: str | None = None) -> Explained:
    """rank: the page that the live bundle makes of ``query`` now, stage by stage. Nothing is logged.

    Args:
        product_id: Whose place on the page, or absence from it, is asked about.

    Raises:
        NotFound: nothing was released yet, or ``query`` names a product that is not in the index.
    """
    asked = replace(query, explain=True)
    with open_live(shop) as now:
        served = now.ranker.page(asked)
        why = None if product_id is None else why_not(now.ranker, asked, product_id)
        return Explained(served, page_json(served, now.generation), why)


def now_us() -> int:
    """Microseconds UTC on our clock."""
    return time.time_ns() // 1_000


def _live(shop: Shop) -> Bundle | None:
    """The bundle that serves now."""
    live = bundle.read_live(shop.bundles)
    return None if live is None else Bundle.open(shop.bundles / live.bundle_id)


def _bundle(shop: Shop, bundle_id: str | None) -> Bundle:
    """The bundle named, else the newest."""
    if bundle_id is not None:
        return Bundle.open(shop.bundles / bundle_id)
    sealed = sorted(shop.bundles.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime_ns)
    if not sealed:
        raise NotFound(f"no bundle in {shop.bundles}", fix="run: baihuo train")
    return Bundle.open(sealed[-1].parent)
