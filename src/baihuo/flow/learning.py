"""Training: the index and its encoders, models of clicks, purchases and searches, the tagger."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baihuo import bundle, index, labels, tag, train
from baihuo.bundle import Bundle, ClickModels, Part
from baihuo.core import (
    BadInput,
    NotFound,
    Product,
    Progress,
    Unsupported,
    file_lock,
    fold,
    no_progress,
)
from baihuo.encode import MANIFEST, MINILM, MULTILINGUAL, Encoders, VectorCache
from baihuo.engine import Tables, full_disk_named, link_or_copy, written_whole
from baihuo.evaluate import Examination
from baihuo.features import FeaturesFile
from baihuo.flow.checking import consensus_grades, served_pages, served_placements
from baihuo.flow.generating import with_extracted
from baihuo.flow.resources import (
    catalogue_of,
    declared_features,
    encoder_folder,
    engine,
    live_bundle,
    older_tuning,
    open_index,
)
from baihuo.index import UNTUNED, Generation, SearchTuning, Thresholds
from baihuo.models import FitContext
from baihuo.quality import QualityReport
from baihuo.settings import Shop
from baihuo.tag import FoundPart, Tagger
from baihuo.train import (
    AdaptSettings,
    ClickData,
    ClickSource,
    ClickStart,
    ClickTrainer,
    ClickTraining,
    Learned,
    LearnedClicks,
    SearchTuned,
    TuneSettings,
    click_data,
    click_start,
    evaluate_search,
    fit_dense_threshold,
    learn_search_order,
    train_newcomers,
    train_next_items,
    train_purchases,
    train_tastes,
)

_SURE_THING = 0.8  # least probability of the tagger for the head of a title


def make_index(shop: Shop, *, progress: Progress = no_progress) -> Path:
    """encode and index: index the catalogue's terms and vectors as one immutable generation, with words learned from the clean search log.

    Raises:
        NotFound: there is no clean catalogue yet.
        BadInput: an encoder is damaged.
    """
    settings = shop.settings()
    catalogue = with_extracted(
        catalogue_of(shop), shop.extracted_attributes if settings.llm.attributes else None
    )
    threads = settings.engine.threads or os.cpu_count() or 1
    folder = encoder_folder(shop, progress=progress)
    encoders = Encoders.open(folder, n_threads=threads)
    cache = VectorCache(shop.vectors)
    try:
        folder = index.build(
            catalogue,
            encoders=encoders,
            cache=cache,
            out=shop.index,
            words=shop.words,
            options=index.IndexOptions(
                lists_from=settings.index.lists_from,
                reads_sounds=settings.index.pinyin,
                mines_synonyms=settings.index.mined_synonyms,
                reads_model_numbers=settings.index.model_numbers,
                as_typed=settings.index.as_typed,
                completes_words=settings.index.complete_words,
            ),
            tagger=_title_tagger(shop) if settings.index.tagged_heads else None,
            progress=progress,
        )
        return _with_log(shop, folder, encoders)
    finally:
        cache.close()


def _title_tagger(shop: Shop) -> index.TitleTagger | None:
    """Return the shop's tagger for the index; None without one."""
    tagger = tag.read_tagger(shop.tagger)
    if tagger is None:
        return None

    def things(title: str) -> list[str]:
        parts = tagger.tag(title)
        return [p.text for p in parts if p.tag == tag.THING and p.probability >= _SURE_THING]

    return index.TitleTagger(hashlib.sha256(shop.tagger.read_bytes()).hexdigest(), things)


def _with_log(shop: Shop, folder: Path, encoders: Encoders) -> Path:
    """Index with the clean search log, and write suggested and related searches."""
    if not any(shop.clean_events.glob("*.parquet")):
        return folder
    queries = index.write_typed_queries(
        shop.typed_queries,
        tables=engine(shop),
        events=shop.clean_events,
        least_visitors=shop.settings().surfaces.search.suggest_visitors,
    )
    made = index.with_clicked_words(
        folder,
        tables=engine(shop),
        events=shop.clean_events,
        encoders=encoders,
        reads_synonyms=shop.settings().index.mined_synonyms,
    )
    learned = index.learn_related(
        queries, open_index(shop, made, encoders), tables=engine(shop), events=shop.clean_events
    )
    index.write_related(shop.related_queries, learned)
    return made


@dataclass(frozen=True, slots=True)
class Trained:
    """A sealed bundle, with its metrics and those of its baselines."""

    bundle_id: str
    report: dict[str, Any]  # the bundle's report.json


def click_models(
    shop: Shop,
    tables: Tables,
    generation: Generation,
    declared: FeaturesFile,
    quality_report: QualityReport,
    *,
    continued: Bundle | None = None,
    start: Bundle | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """Train click models on impressions; with too few of them, only report the reason.

    Args:
        continued: Continue training from the weights of this bundle.
        start: A bundle of another shop, from whose click models training starts if this shop has their inputs.
    """
    run = shop.train / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    source, config = _click_source(shop, tables, generation)
    begun, why_not = _click_start(start, declared, generation)
    trainer = ClickTrainer(
        source=source,
        out=shop.features,
        run=run,
        live=live_bundle(shop),
        start=begun,
        config=config,
        progress=progress,
    )
    try:
        if continued is None:
            clicks = trainer.train(quality_report, declared=declared)
        else:
            clicks = trainer.update(quality_report, continued)
    except Unsupported as error:
        return Learned({}, {"no_clicks": error.what, **why_not})
    return Learned(
        clicks.parts,
        {"clicks": clicks.report, **why_not},
        clicks=LearnedClicks(source, clicks.data, clicks.models),
    )


def _click_source(
    shop: Shop, tables: Tables, generation: Generation
) -> tuple[ClickSource, ClickTraining]:
    """What click training reads of a shop, and how it trains there."""
    settings = shop.settings()
    config = ClickTraining(
        attribution_minutes=settings.train.attribution_minutes,
        min_test_clicks=settings.train.min_test_clicks,
        window_days=settings.train.window_days,
        position=settings.train.position,
        calibration=settings.train.calibration,
        calibrate_by=settings.train.calibrate_by,
        models=settings.train.models,
        seed=settings.train.seed,
        threads=settings.engine.threads or 2,
    )
    source = ClickSource(
        tables=tables,
        events=shop.clean_events,
        products=shop.clean_products,
        generation=generation,
        served=served_pages(shop),
        placements=served_placements(shop),
    )
    return source, config


def tune_model(
    shop: Shop,
    model: str,
    out: Path,
    tuning: TuneSettings,
    *,
    restart: bool = False,
    progress: Progress = no_progress,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """train: search for the settings with which a click model orders newer pages best; the report.

    Raises:
        NotFound: there is no index.
        BadInput: no such model, or settings that cannot be searched.
        Unsupported: too few pages or clicks.
    """
    settings = shop.settings()

    def data() -> ClickData:
        source, config = _click_source(shop, engine(shop), _generation(shop))
        return click_data(
            source,
            out=shop.features,
            declared=declared_features(shop),
            config=config,
            progress=progress,
        )

    return train.tune_model(
        model,
        out,
        tuning,
        data,
        settings=settings.train.models.get(model, {}),
        context=FitContext(seed=settings.train.seed, threads=settings.engine.threads or 2),
        restart=restart,
        say=say,
    )


def _click_start(
    bundle: Bundle | None, declared: FeaturesFile, generation: Generation
) -> tuple[ClickStart | None, dict[str, Any]]:
    """Return the click models of another shop's bundle, or the reason why they cannot be used."""
    if bundle is None:
        return None, {}
    try:
        return click_start(bundle, declared.feature_set(), generation), {}
    except Unsupported as error:
        refused = {"bundle_id": bundle.bundle_id, "why_not": error.what, "fix": error.fix}
        return None, {"no_click_start": refused}


def purchase_models(shop: Shop, tables: Tables, *, progress: Progress = no_progress) -> Learned:
    """Train purchase models on purchases."""
    purchases = train_purchases(
        tables,
        events=shop.clean_events,
        products=shop.clean_products,
        progress=progress,
    )
    return Learned(purchases.parts, {"purchases": purchases.report})


def next_items(
    shop: Shop, tables: Tables, generation: Generation, *, progress: Progress = no_progress
) -> Learned:
    """Train the next-item model on visitors' sequences."""
    learned = train_next_items(
        tables,
        generation,
        events=shop.clean_events,
        products=shop.clean_products,
        threads=shop.settings().engine.threads or 2,
        progress=progress,
    )
    return Learned(learned.parts, {"next_items": learned.report})


def newcomers(
    shop: Shop,
    tables: Tables,
    *,
    start: Bundle | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """Train the order of new visitors' first pages.

    Args:
        start: A bundle of another shop, from whose model learning starts.
    """
    learned = train_newcomers(
        tables,
        events=shop.clean_events,
        products=shop.clean_products,
        seed=shop.settings().train.seed,
        start=None if start is None else bundle.open_newcomers(start),
        progress=progress,
    )
    report = learned.report | ({} if start is None else {"started_from": start.bundle_id})
    return Learned(learned.parts, {"newcomers": report})


def tastes(shop: Shop, clicks: Learned, *, progress: Progress = no_progress) -> Learned:
    """Train the model of visitors' tastes, which home pages add to the order of click models."""
    if clicks.clicks is None:
        return Learned({}, {})
    progress("tastes of visitors", 0, 1)
    source = clicks.clicks.source
    learned = train_tastes(
        source.tables,
        source.generation,
        events=source.events,
        data=clicks.clicks.data,
        models=clicks.clicks.models,
        seed=shop.settings().train.seed,
    )
    progress("tastes of visitors", 1, 1)
    return Learned(learned.parts, {"tastes": learned.report})


def search_thresholds(shop: Shop, generation: Generation) -> Learned:
    """Fit thresholds of semantic matching on judgements."""
    consensus = consensus_grades(shop)
    fitted = fit_dense_threshold(generation, consensus.by_query, seed=shop.settings().train.seed)
    report: dict[str, Any] = {}
    if len(consensus):
        report["judgements"] = {**consensus.to_json(), "nearness": fitted.report}
        report["search"] = evaluate_search(
            generation, consensus.by_query, thresholds=fitted.thresholds
        )
    return Learned({"thresholds.json": fitted.thresholds.to_json()}, report)


def search_order(
    shop: Shop,
    generation: Generation,
    *,
    clicks: Learned,
    thresholds: Learned,
    progress: Progress = no_progress,
) -> Learned:
    """Train the relevance of searches on judgements and clicks.

    Args:
        clicks: The click models, if there are any.
        thresholds: Thresholds of answer sets.
    """
    stored = thresholds.parts["thresholds.json"]
    return learn_search_order(
        generation,
        grades=consensus_grades(shop).by_query,
        thresholds=Thresholds.from_json(stored) if isinstance(stored, Mapping) else Thresholds(),
        clicks=clicks.clicks,
        out=shop.features,
        seed=shop.settings().train.seed,
        progress=progress,
    )


def seal(
    shop: Shop,
    learned: Sequence[Learned],
    declared: FeaturesFile,
    quality_report: QualityReport,
    *,
    generation: Generation,
) -> Trained:
    """Write all models as one bundle, with the tuning that they were trained with and the provenance of their data."""
    parts: dict[str, Part] = {
        "encoders": shop.encoders,
        "features.json": declared.feature_set().to_json(),
        **bundle.tuning_parts(generation.tuning),
    }
    report: dict[str, Any] = {
        "index_id": generation.index_id,
        "quality": {
            "rules_version": quality_report.rules_version,
            "run_id": quality_report.run_id,
            "warnings": quality_report.warnings,
        },
    }
    for part in learned:
        parts |= part.parts
        report |= part.report
    parts["report.json"] = report
    return Trained(bundle.write(shop.bundles, parts), report)


PUBLISHED = "published"
PROVENANCE = "adapted.json"
SCRIPTS = {"latin": MINILM, "chinese": MULTILINGUAL}


@dataclass(frozen=True, slots=True)
class Adapted:
    """Result of adapting."""

    version: str  # the folder's name
    is_taken: bool
    report: Mapping[str, Any]  # ``adapted.json``


def adapt(shop: Shop, settings: AdaptSettings, *, progress: Progress = no_progress) -> Adapted:
    """encode: train the encoder of a script on the shop's own text, and use it from the next index on if it is better.

    A stopped run leaves the shop as it was.

    Raises:
        NotFound: there is no clean catalogue yet.
        BadInput: too few products, too short a budget, or an unusable folder of an encoder.
        Unsupported: ``baihuo[train]`` is not installed.
        Conflict: another run adapts this shop.
    """
    catalogue = catalogue_of(shop)
    _require_torch()
    lock = shop.train / "adapt.lock"
    with file_lock(lock, work=f"another run adapts {shop.root}"), full_disk_named(shop.root):
        return _adapt(shop, catalogue, settings, progress)


def _adapt(
    shop: Shop, catalogue: list[Product], settings: AdaptSettings, progress: Progress
) -> Adapted:
    from baihuo.train import adapt_encoder, clicked_queries

    name = settings.encoder
    used = encoder_folder(shop, progress=progress)
    typed = {}
    if any(shop.clean_events.glob("*.parquet")):
        typed = clicked_queries(engine(shop), shop.clean_events, name)
    shop.adapted.mkdir(parents=True, exist_ok=True)
    for left in shop.adapted.glob(".part-*"):  # of a killed run: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=shop.adapted))
    try:
        before = Encoders.open(used, n_threads=settings.threads).get(name)
        adapted = adapt_encoder(catalogue, typed, before, part / name, settings, progress)
        manifest = json.loads((used / MANIFEST).read_text("utf-8"))
        for other in manifest.keys() - {name}:
            shutil.copytree(used / other, part / other, copy_function=link_or_copy)
        manifest[name] = adapted.entry
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        version = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{adapted.entry['hash'][:8]}"
        report = {"version": version, "encoder": name, **adapted.provenance}
        (part / PROVENANCE).write_text(json.dumps(report, indent=1), "utf-8")
        if adapted.verdict.is_better:
            os.replace(part, shop.adapted / version)
            use_encoders(shop, version)
        return Adapted(version, adapted.verdict.is_better, report)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def use_encoders(shop: Shop, version: str) -> None:
    """Choose the encoders of the next index: a version of :func:`adapted_versions`, or ``published``.

    Raises:
        NotFound: there is no such version.
    """
    known = [PUBLISHED, *adapted_versions(shop)]
    if version not in known:
        raise NotFound(
            f"{shop.root} has no encoders {version!r}", fix=f"name one of these: {', '.join(known)}"
        )
    if version == PUBLISHED:
        shop.encoders_in_use.unlink(missing_ok=True)
        return
    with written_whole(shop.encoders_in_use) as part:
        part.write_text(json.dumps({"adapted": version}), "utf-8")


def adapted_versions(shop: Shop) -> dict[str, dict[str, Any]]:
    """Return the shop's adapted encoders, oldest first, with their reports.

    Raises:
        NotFound: there is no such folder.
        BadInput: a report cannot be read.
    """
    if not shop.root.is_dir():
        raise NotFound(f"no folder {shop.root}", fix="name the folder of a shop")
    found = {}
    for file in sorted(shop.adapted.glob(f"[!.]*/{PROVENANCE}")):
        try:
            found[file.parent.name] = dict(json.loads(file.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"{file} cannot be read: {error}",
                fix=f"delete {file.parent}; searches are as they were before it was trained",
            ) from error
    return found


def script_of(shop: Shop, script: str | None) -> str:
    """Return the encoder's name for a script; by default that of most titles.

    Raises:
        BadInput: no such script.
        NotFound: there is no clean catalogue yet.
    """
    if script is not None and script not in SCRIPTS:
        raise BadInput(f"--script {script!r} is unknown", fix=f"use {' or '.join(SCRIPTS)}")
    if script is not None:
        return SCRIPTS[script]
    products = catalogue_of(shop)
    n_en, n_zh = sum(bool(p.title_en) for p in products), sum(bool(p.title_zh) for p in products)
    return MINILM if n_en >= n_zh else MULTILINGUAL


def _require_torch() -> None:
    try:
        import onnx  # noqa: F401
        import safetensors  # noqa: F401
        import torch  # noqa: F401
    except ImportError as missing:
        raise Unsupported(
            f"adapting an encoder needs {missing.name}", fix="pip install 'baihuo[train]'"
        ) from missing


def tune_search(
    shop: Shop, *, minutes: float, only_look: bool = False, progress: Progress = no_progress
) -> SearchTuned:
    """train: tune weights and thresholds of searches. If the result is surely better, the live bundle is sealed again with it, for
    :func:`release` to decide; the report's ``bundle_id`` is that bundle.

    Args:
        minutes: for all of it.
        only_look: seal nothing.

    Raises:
        NotFound: there is no index, or no live bundle to seal with the result.
        BadInput: too few searches were judged or clicked, or a model's grades are damaged.
    """
    generation, live = _generation(shop), live_bundle(shop)
    if live is None and not only_look:
        raise NotFound(
            "nothing was released yet, so there is no bundle to tune",
            fix="run: baihuo release; or only look: baihuo tune search --only-look",
        )
    clean = shop.clean_events
    clicked = (
        train.ClickedSearches.read(engine(shop), clean) if any(clean.glob("*.parquet")) else None
    )
    tuned = train.tune_search(
        generation,
        train.SearchEvidence(
            grades=consensus_grades(shop).by_query,
            clicked=clicked if clicked is not None and len(clicked.page) else None,
            curve=None if live is None else _curve(live),
            model=labels.read_model_grades(shop.llm),
        ),
        thresholds=bundle.thresholds_of(live),
        minutes=minutes,
        seed=shop.settings().train.seed,
        progress=progress,
    )
    report = {**tuned.report, "bundle_id": None}
    if tuned.tuning is not None and live is not None and not only_look:
        report["bundle_id"] = _with_tuning(shop, live, tuned.tuning)
    shop.train.mkdir(parents=True, exist_ok=True)
    (shop.train / "tune_search.json").write_text(json.dumps(report, indent=1), "utf-8")
    if not only_look:
        older_tuning(shop).unlink(missing_ok=True)  # what it did is decided now
    return SearchTuned(tuned.tuning, report)


def untune_search(shop: Shop) -> str:
    """train: seal the live bundle without its tuning of searches, for :func:`release` to decide, and return its id.

    Raises:
        NotFound: the live bundle has none.
    """
    live = live_bundle(shop)
    if live is None or bundle.TUNING_FILE not in live:
        raise NotFound(
            "the searches that serve are not tuned, so there is nothing to undo",
            fix="a tuning goes live with: baihuo tune search",
        )
    return _with_tuning(shop, live, UNTUNED)


def _with_tuning(shop: Shop, live: Bundle, tuning: SearchTuning) -> str:
    serving = bundle.read_live(shop.bundles)
    assert serving is not None
    with full_disk_named(shop.root):
        return bundle.with_tuning(live, tuning, index_id=serving.index_id)


def _generation(shop: Shop) -> Generation:
    """Return the live index, else the newest one."""
    live = bundle.read_live(shop.bundles) if shop.bundles.is_dir() else None
    if live is not None:
        return open_index(shop, shop.index / live.index_id)
    made = sorted(
        shop.index.glob("*/generation.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True
    )
    if not made:
        raise NotFound(f"no index in {shop.index}", fix="run: baihuo index")
    return open_index(shop, made[0].parent)


def _curve(live: Bundle) -> Examination | None:
    """Return the examination curve of searches, if the live models learned it."""
    models = ClickModels.open(live)
    return None if models is None else models.examination.get("search")


@dataclass(frozen=True, slots=True)
class BrandNote:
    """A brand in the title of a product without one, with the evidence."""

    product_id: str
    title: str
    brand: str
    probability: float  # of the least certain character
    n_products: int  # products of the catalogue with this brand
    n_titles: int  # products without a brand in which it was found, with this one


def train_tagger(
    shop: Shop, file: Path | None, *, dev: Path | None = None, progress: Progress = no_progress
) -> Tagger:
    """tag: train on a file of tagged titles, or on the shop's titles with their brands and models; stored in the shop.

    Raises:
        NotFound: no such file, or no catalogue yet.
        BadInput: a line is wrong, or there are too few titles.
    """
    titles = tag.titles_of(catalogue_of(shop)) if file is None else None
    if titles is None:
        assert file is not None
        titles = tag.read_tagged_titles(file)
    tested_on = tag.read_tagged_titles(dev) if dev else ()
    known = {t.text for t in titles}
    unseen = [t for t in tested_on if t.text not in known]
    tagger = tag.train_tagger(
        titles,
        tested_on=unseen or tested_on,
        cut=tag.BRAND if file is None else "",
        progress=progress,
    )
    tag.write_tagger(shop.tagger, tagger)
    return tagger


def tag_text(shop: Shop, text: str) -> list[FoundPart]:
    """tag: return the parts of a title.

    Raises:
        NotFound: no tagger was trained.
    """
    return _tagger(shop).tag(text)


def brand_notes(shop: Shop, *, least: float, progress: Progress = no_progress) -> list[BrandNote]:
    """tag: return the brands in titles of products without one, the most certain first.

    Args:
        least: least probability of a brand, 0 to 1.

    Raises:
        NotFound: no tagger was trained, or no catalogue yet.
    """
    tagger, products = _tagger(shop), catalogue_of(shop)
    known = Counter(fold(p.brand) for p in products if p.brand)
    without = [p for p in products if not p.brand]
    found: list[tuple[str, str, FoundPart]] = []
    for number, product in enumerate(without, start=1):
        titles = [t for t in (product.title_zh, product.title_en) if t]
        parts = [(t, p) for t in titles for p in tagger.tag(t) if p.tag == tag.BRAND]
        if parts:
            title, best = max(parts, key=lambda x: x[1].probability)
            if best.probability >= least:
                found.append((product.product_id, title, best))
        progress("brands in titles", number, len(without))
    titles_with = Counter(fold(part.text) for _, _, part in found)
    notes = [
        BrandNote(
            product_id=product_id,
            title=title,
            brand=part.text.strip(),
            probability=part.probability,
            n_products=known[fold(part.text)],
            n_titles=titles_with[fold(part.text)],
        )
        for product_id, title, part in found
    ]
    return sorted(notes, key=lambda n: (-n.probability, n.product_id))


def _tagger(shop: Shop) -> Tagger:
    tagger = tag.read_tagger(shop.tagger)
    if tagger is None:
        raise NotFound(
            f"no tagger was trained at {shop.tagger}",
            fix="run: baihuo tagger train TITLES (or without a file, on the shop's titles)",
        )
    return tagger
