"""Resources of a shop: engine, bundles, indexes, features and feature states."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from baihuo import bundle, connect, model_inputs, quality
from baihuo.bundle import Bundle
from baihuo.catalog import Catalog
from baihuo.core import BadInput, NotFound, Product, Progress, ShopPaths, no_progress, now_us
from baihuo.encode import Encoders, export_encoders, is_outdated
from baihuo.engine import DuckTables, Tables
from baihuo.features import (
    FeatureSet,
    FeaturesFile,
    LastCheck,
    default_features,
    read_features_file,
    snapshot,
    state_folder,
)
from baihuo.index import Generation, read_synonyms
from baihuo.settings import Shop


def engine(shop: Shop) -> Tables:
    """Open the embedded engine, with memory and threads of ``shop.yaml``."""
    settings = shop.settings().engine
    return DuckTables(
        memory_mb=settings.memory_mb, threads=settings.threads, spill_dir=shop.features / ".spill"
    )


def close_to_others(shop: Shop) -> None:
    """Make the shop's folder private to its owner, whatever the modes of older files in it."""
    shop.root.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # another user owns it
        shop.root.chmod(0o700)


def row_store(shop: Shop) -> quality.RowStore:
    """quality: open access to single rows of this shop."""
    return quality.RowStore.of(engine(shop), shop.raw, shop.clean)


def catalogue_of(shop: Shop) -> list[Product]:
    """catalog: open the products of the shop.

    Raises:
        NotFound: none were imported.
    """
    if not shop.catalog.exists():
        raise NotFound(
            f"no catalogue at {shop.catalog}",
            fix="import a catalogue and check it: baihuo import FILES; baihuo check",
        )
    catalogue = Catalog(shop.catalog)
    try:
        return list(catalogue.products())
    finally:
        catalogue.close()


def encoder_folder(shop: Shop, *, progress: Progress = no_progress) -> Path:
    """Return the encoders for this shop's bundles; exported at the first call, and again where an older version did it.

    Raises:
        NotFound: adapted encoders are in use, but their folder is missing.
    """
    folder = shop.encoders
    is_published = folder == shop.published_encoders
    if folder.exists() and not (is_published and is_outdated(folder)):
        return folder
    if not is_published:
        raise NotFound(
            f"the adapted encoders in {folder} are missing",
            fix="use the published ones: baihuo adapt --use published",
        )
    return export_encoders(folder, progress=progress)


def open_index(shop: Shop, folder: Path, encoders: Encoders | None = None) -> Generation:
    """Open the index in ``folder`` with the shop's encoders and synonyms, and the live bundle's tuning of searches. ``encoders``: the
    shop's, if open."""
    opened = encoders or Encoders.open(shop.encoders)
    live = bundle.read_live(shop.bundles)
    sealed = None if live is None else Bundle.open(shop.bundles / live.bundle_id, verify=False)
    tuning = bundle.tuning_of(sealed)
    return Generation.open(folder, opened, read_synonyms(shop.synonyms), tuning)


def open_live_index(shop: Shop) -> Generation:
    """Open the live bundle's index, with the encoders that made its vectors: the shop may have newer ones.

    Raises:
        NotFound: nothing was released yet.
        BadInput: the encoders or the index are damaged.
    """
    live = bundle.read_live(shop.bundles)
    if live is None:
        raise NotFound("nothing was released yet", fix="run: baihuo release")
    sealed = Bundle.open(shop.bundles / live.bundle_id, verify=False)  # but for what is asked for
    return bundle.open_generation(sealed, shop, index_id=live.index_id)


def older_tuning(shop: Shop) -> Path:
    """Return where versions before 0.3 kept the tuning of searches, which is not read any more."""
    return shop.index / "tuned_search.json"


def open_newest_index(shop: Shop) -> Generation:
    """Open the live bundle's index; before the first release, the newest one.

    Raises:
        NotFound: there is none.
    """
    if bundle.read_live(shop.bundles) is not None:
        return open_live_index(shop)
    folders = [f for f in shop.index.glob("[!.]*") if f.is_dir()]
    if not folders:
        raise NotFound("there is no index yet", fix="run: baihuo index")
    return open_index(shop, max(folders, key=lambda f: f.stat().st_mtime_ns))


def declared_features(shop: Shop) -> FeaturesFile:
    """features: read ``features.yaml``; empty without that file. Raises: BadInput: a line is wrong."""
    known = model_inputs.click_columns(default_features())
    return read_features_file(shop.features_file, known=known)


def served_features(shop: Shop) -> FeatureSet:
    """Return serving's features: the live bundle's, or the declared ones before the first release."""
    if (live := live_bundle(shop)) is not None:
        return features_of(live)
    return declared_features(shop).feature_set()


def features_of(bundle: Bundle) -> FeatureSet:
    """Return the features of a bundle's models."""
    return FeatureSet.from_json(bundle.text("features.json"))


def live_bundle(shop: Shop) -> Bundle | None:
    """Return the live bundle; None before the first release."""
    live = bundle.read_live(shop.bundles)
    return None if live is None else Bundle.open(shop.bundles / live.bundle_id)


def bundle_of_another_shop(folder: Path) -> Bundle:
    """Open the live bundle of another shop's folder, or the bundle in the folder, to start training from.

    Raises:
        NotFound: it is neither, or the shop has no release.
        BadInput: the bundle was changed, or has no models for another shop.
    """
    paths = ShopPaths(folder)
    if (folder / "manifest.json").is_file():
        found = Bundle.open(folder)
    else:
        live = bundle.read_live(paths.bundles) if paths.bundles.is_dir() else None
        if live is None:
            raise NotFound(
                f"{folder} is neither a bundle nor a shop with a release",
                fix="name a shop's folder, or a folder of its 5-bundles",
            )
        found = Bundle.open(paths.bundles / live.bundle_id)
    if bundle.open_newcomers(found) is None and not bundle.stored_files(found, "clicks"):
        raise BadInput(
            f"bundle {found.bundle_id} of {folder} has neither click models nor a model of new visitors, which "
            "another shop could use",
            fix="train that shop again with this version, or train from scratch",
        )
    return found


def require_servable(shop: Shop) -> None:
    """Refuse to serve a live bundle whose models this version cannot read; before the first release, do nothing. Raises: BadInput: with the
    fix.
    """
    live = bundle.read_live(shop.bundles)
    if live is not None and (shop.bundles / live.bundle_id).is_dir():
        bundle.require_readable(Bundle.open(shop.bundles / live.bundle_id, verify=False))


def bundle_or_newest(shop: Shop, bundle_id: str | None) -> Bundle:
    """Return the bundle of this id, by default the newest.

    Raises:
        NotFound: there is no bundle.
    """
    if bundle_id is not None:
        return Bundle.open(shop.bundles / bundle_id)
    sealed = sorted(shop.bundles.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime_ns)
    if not sealed:
        raise NotFound(f"no bundle in {shop.bundles}", fix="run: baihuo train")
    return Bundle.open(sealed[-1].parent)


def is_released(shop: Shop) -> bool:
    """Return whether a bundle is live."""
    return bundle.read_live(shop.bundles) is not None


def delete_unused_states(shop: Shop) -> None:
    """features: delete states used by neither the live bundle nor the previous one. Only their declarations are read: other damage must not
    fail a release that has happened. If a declaration cannot be read, all states stay.
    """
    live = bundle.read_live(shop.bundles)
    served = {
        release.bundle_id for release in (live and live.now, bundle.previous(live)) if release
    }
    declared = [shop.bundles / bundle_id / "features.json" for bundle_id in served]
    try:
        kept = {
            state_folder(shop.features, FeatureSet.from_json(path.read_text(encoding="utf-8")))
            for path in declared
            if path.parent.exists()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return
    for folder in (shop.features / "state").glob("*"):
        if folder.is_dir() and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def make_state(
    shop: Shop, features: FeatureSet | None = None, *, progress: Progress = no_progress
) -> Path:
    """features: compute serving's state of every product and visitor as of now. Raises: NotFound: no clean data yet."""
    if not shop.clean_products.exists():
        fix = "import data and check it: baihuo import FILES; baihuo check"
        raise NotFound(f"no clean products at {shop.clean_products}", fix=fix)
    features = features or served_features(shop)
    out = state_folder(shop.features, features)
    snapshot(
        engine(shop),
        features,
        events=shop.clean_events,
        products=shop.clean_products,
        at_us=now_us(),
        out=out,
        checked=LastCheck(_newest_row_taken_out(shop), decided_on_rows(shop)),
        progress=progress,
    )
    return out


def decided_on_rows(shop: Shop) -> str:
    """Return the decisions on events by the last check: rules, and the newest rows sent back."""
    if not shop.quality_report.exists():
        return ""
    report = quality.QualityReport.load(shop.quality_report)
    seen = {file.import_id for file in report.files}
    sent = [
        record.import_id
        for record in connect.imports(shop.raw)
        if record.kind == "events" and record.import_id in seen and record.options.get("origin")
    ]
    return f"rules {report.rules_version}, rows of import {max(sent, default=0)}"


def _newest_row_taken_out(shop: Shop) -> int:
    """Return the newest live-log row that a check quarantined or merged, or 0."""
    findings = shop.clean / "findings.parquet"
    if not findings.exists():
        return 0
    newest = """SELECT max(CAST(split_part(row_id, ':', 2) AS BIGINT)) AS seq FROM findings
        WHERE "table" = 'events' AND row_id LIKE '0:%' AND action IN ('quarantine', 'merge')"""
    seq: int | None = engine(shop).sql(newest, out=None, findings=findings).to_pylist()[0]["seq"]
    return seq or 0
