"""What the stages open in a shop: engine, bundles, indexes, features and the states that serving starts from."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from baihuo import bundle, connect, model_inputs, quality
from baihuo.bundle import Bundle
from baihuo.catalog import Catalog
from baihuo.core import BadInput, NotFound, Product, Progress, ShopPaths, no_progress, now_us
from baihuo.encode import Encoders, export_encoders
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
    """The embedded engine, with the memory and threads that ``shop.yaml`` allows."""
    settings = shop.settings().engine
    return DuckTables(
        memory_mb=settings.memory_mb, threads=settings.threads, spill_dir=shop.features / ".spill"
    )


def close_to_others(shop: Shop) -> None:
    """Nobody but its owner may look into the shop's folder, whatever the modes of older files in it are."""
    shop.root.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # it belongs to somebody else, who decides
        shop.root.chmod(0o700)


def row_store(shop: Shop) -> quality.RowStore:
    """quality: access to single rows of this shop."""
    return quality.RowStore.of(engine(shop), shop.raw, shop.clean)


def catalogue_of(shop: Shop) -> list[Product]:
    """catalog: the products of the shop.

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
    """The encoders that go into bundles of this shop; exported at the first call.

    Raises:
        NotFound: adapted encoders are in use, and their folder is gone.
    """
    folder = shop.encoders
    if folder.exists():
        return folder
    if folder != shop.published_encoders:
        raise NotFound(
            f"the adapted encoders in {folder} are not there any more",
            fix="use those as published: baihuo adapt --use published",
        )
    return export_encoders(folder, progress=progress)


def open_index(shop: Shop, folder: Path, encoders: Encoders | None = None) -> Generation:
    """The index in ``folder``, with the shop's encoders and synonyms. ``encoders``: the shop's, where they are open."""
    opened = encoders or Encoders.open(shop.encoders)
    return Generation.open(folder, opened, read_synonyms(shop.synonyms))


def open_live_index(shop: Shop) -> Generation:
    """The index of the live bundle, with the encoders that made its vectors: the shop may have newer ones.

    Raises:
        NotFound: nothing was released yet.
        BadInput: the encoders or the index are not as they were sealed.
    """
    live = bundle.read_live(shop.bundles)
    if live is None:
        raise NotFound("nothing was released yet", fix="run: baihuo release")
    sealed = Bundle.open(shop.bundles / live.bundle_id, verify=False)  # but for what is asked for
    encoders = Encoders.open(sealed.folder("encoders"), verify=False)
    return Generation.open(shop.index / live.index_id, encoders, read_synonyms(shop.synonyms))


def open_newest_index(shop: Shop) -> Generation:
    """The index of the live bundle; before the first release, the newest one.

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
    """features: what ``features.yaml`` declares in addition to the default features; empty without that file.

    Raises:
        BadInput: a line is wrong; the message says which.
    """
    known = model_inputs.click_columns(default_features())
    return read_features_file(shop.features_file, known=known)


def served_features(shop: Shop) -> FeatureSet:
    """The features that serving reads: the live bundle's, or the declared ones before the first release."""
    if (live := live_bundle(shop)) is not None:
        return features_of(live)
    return declared_features(shop).feature_set()


def features_of(bundle: Bundle) -> FeatureSet:
    """The features that the models of a bundle read."""
    return FeatureSet.from_json(bundle.text("features.json"))


def live_bundle(shop: Shop) -> Bundle | None:
    """The bundle that is live; None before the first release."""
    live = bundle.read_live(shop.bundles)
    return None if live is None else Bundle.open(shop.bundles / live.bundle_id)


def bundle_of_another_shop(folder: Path) -> Bundle:
    """The live bundle of a shop's folder, or the bundle in the folder itself, that a training may start from.

    Raises:
        NotFound: it is neither, or the shop has released nothing.
        BadInput: the bundle was changed, or knows nothing that another shop can use.
    """
    paths = ShopPaths(folder)
    if (folder / "manifest.json").is_file():
        found = Bundle.open(folder)
    else:
        live = bundle.read_live(paths.bundles) if paths.bundles.is_dir() else None
        if live is None:
            raise NotFound(
                f"{folder} is no bundle and no shop that has released one",
                fix="name a shop's folder, or a folder of its 5-bundles",
            )
        found = Bundle.open(paths.bundles / live.bundle_id)
    if bundle.open_newcomers(found) is None and not bundle.stored_files(found, "clicks"):
        raise BadInput(
            f"bundle {found.bundle_id} of {folder} has no click models and learned nothing of new visitors, which is what "
            "another shop can use",
            fix="train that shop again with this version, or train from nothing",
        )
    return found


def require_servable(shop: Shop) -> None:
    """Refuse to serve a live bundle whose models this version cannot read; before the first release, nothing.

    Raises:
        BadInput: says what to do.
    """
    live = bundle.read_live(shop.bundles)
    if live is not None and (shop.bundles / live.bundle_id).is_dir():
        bundle.require_readable(Bundle.open(shop.bundles / live.bundle_id, verify=False))


def bundle_or_newest(shop: Shop, bundle_id: str | None) -> Bundle:
    """The bundle of this id, by default the newest.

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
    """Whether a bundle is live."""
    return bundle.read_live(shop.bundles) is not None


def delete_unused_states(shop: Shop) -> None:
    """features: delete the states that neither the live bundle nor the previous one serves from.

    Of those bundles only the declaration is read: a bundle that is damaged elsewhere must not fail a
    release that has happened. Where it cannot be read, every state is kept.
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
    """features: the state of every product and visitor as of now, for serving.

    Raises:
        NotFound: nothing is clean yet.
    """
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
    """What people and rules decided about events by the last check: the rules, and the newest rows that were sent back in."""
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
    """The newest row of the live log that a check put in quarantine or merged; 0 where there is none."""
    findings = shop.clean / "findings.parquet"
    if not findings.exists():
        return 0
    newest = """SELECT max(CAST(split_part(row_id, ':', 2) AS BIGINT)) AS seq FROM findings
        WHERE "table" = 'events' AND row_id LIKE '0:%' AND action IN ('quarantine', 'merge')"""
    seq: int | None = engine(shop).sql(newest, out=None, findings=findings).to_pylist()[0]["seq"]
    return seq or 0
