"""The pipeline: one function for each stage, in order.

    connect → events + catalog → quality → features → train → release → rank → serve → events

Every stage writes to subfolders of the shop numbered in this order, and reads the output of earlier stages. So each can be run alone and
repeated. Beyond the pipeline, a file each: resources of a shop (:mod:`~baihuo.flow.resources`), checking, learning, releasing,
serving, pages without a server, customer service, ads, a generative model, people and their keys, erasures, forgetting, and copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, cast

from baihuo import connect
from baihuo.bundle import Bundle, ClickModels
from baihuo.connect import ImportResult
from baihuo.core import Progress, ShopError, no_progress, now_us
from baihuo.engine import full_disk_named
from baihuo.flow.advertising import (
    ads_audience_sizes,
    ads_office,
    ads_statement,
    ads_what_if,
    credit_invalid_clicks,
    deposit_for_ads,
    effect_of_ads,
    effect_of_all_ads,
    forecast_of_ads,
    report_ads,
    verify_ads_ledger,
)
from baihuo.flow.checking import (
    check,
    check_files,
    consensus_grades,
    custom_checks,
    seal_log,
    seal_logs,
    served_pages,
)
from baihuo.flow.copies import (
    UpgradeItem,
    backup,
    list_backups,
    restore,
    upgrade,
    upgrade_plan,
    verify_backups,
)
from baihuo.flow.erasures import (
    complete_receipts,
    erasures,
    export_visitor,
    pending_visitors,
    retraining_due,
)
from baihuo.flow.forgetting import ROOMS, forget, forget_expired, is_clock_in_line, request_erasure
from baihuo.flow.generating import (
    Generated,
    extract_attributes,
    grade,
    rewrite_queries,
    write_purposes,
    write_queries,
)
from baihuo.flow.learning import (
    Adapted,
    Trained,
    adapt,
    adapted_versions,
    brand_notes,
    click_models,
    make_index,
    newcomers,
    next_items,
    purchase_models,
    script_of,
    seal,
    search_order,
    search_thresholds,
    tag_text,
    tastes,
    train_tagger,
    tune_model,
    tune_search,
    untune_search,
    use_encoders,
)
from baihuo.flow.pages import (
    Explained,
    RequestedKind,
    WordsRead,
    explain,
    open_live,
    related,
    shop_table,
    suggest,
)
from baihuo.flow.people import (
    all_accounts,
    audit_entries,
    create_account,
    create_key,
    delete_account,
    disable_account,
    enable_account,
    has_keys,
    invite,
    keys,
    record_audit,
    record_settings,
    require_keys_beyond_loopback,
    revoke_key,
    rotate_key,
    set_account_password,
    set_account_role,
    verify_audit,
)
from baihuo.flow.releasing import (
    compare_searches,
    evaluate,
    evaluation_page,
    make_reviews,
    measure_skew,
    policy_values,
    release,
    release_if_open,
    rollback,
    run_gate,
    status,
    watch,
)
from baihuo.flow.resources import (
    bundle_of_another_shop,
    close_to_others,
    declared_features,
    delete_unused_states,
    encoder_folder,
    engine,
    is_released,
    live_bundle,
    make_state,
    open_index,
    require_servable,
    row_store,
)
from baihuo.flow.service import (
    ImportedKnowledge,
    check_shop_knowledge,
    customer_service,
    evaluate_assist,
    forget_shopper,
    import_knowledge,
    import_orders,
    make_orders_from_events,
    open_assist,
    open_talk,
    remove_knowledge,
)
from baihuo.flow.serving import serve
from baihuo.monitor import WatchReport
from baihuo.quality import QualityReport
from baihuo.release import GateReport, repeat
from baihuo.settings import Shop
from baihuo.train import Learned

__all__ = [
    "ROOMS",
    "Adapted",
    "Explained",
    "Generated",
    "ImportedKnowledge",
    "RequestedKind",
    "Trained",
    "UpgradeItem",
    "WordsRead",
    "adapt",
    "adapted_versions",
    "ads_audience_sizes",
    "ads_office",
    "ads_statement",
    "ads_what_if",
    "all_accounts",
    "audit_entries",
    "backup",
    "brand_notes",
    "check",
    "check_files",
    "check_shop_knowledge",
    "compare_searches",
    "complete_receipts",
    "consensus_grades",
    "create_account",
    "create_key",
    "credit_invalid_clicks",
    "custom_checks",
    "declared_features",
    "delete_account",
    "delete_unused_states",
    "deposit_for_ads",
    "disable_account",
    "effect_of_ads",
    "effect_of_all_ads",
    "enable_account",
    "encoder_folder",
    "engine",
    "erasures",
    "evaluate",
    "evaluate_assist",
    "evaluation_page",
    "explain",
    "export_visitor",
    "extract_attributes",
    "forecast_of_ads",
    "forget",
    "forget_expired",
    "forget_shopper",
    "grade",
    "has_keys",
    "import_files",
    "import_knowledge",
    "import_orders",
    "invite",
    "is_released",
    "keys",
    "list_backups",
    "make_index",
    "make_orders_from_events",
    "make_reviews",
    "make_state",
    "measure_skew",
    "now_us",
    "open_assist",
    "open_index",
    "open_live",
    "open_talk",
    "policy_values",
    "record_audit",
    "record_settings",
    "related",
    "release",
    "release_if_open",
    "remove_knowledge",
    "report_ads",
    "request_erasure",
    "require_keys_beyond_loopback",
    "restore",
    "retraining_due",
    "revoke_key",
    "rewrite_queries",
    "rollback",
    "rotate_key",
    "row_store",
    "run_gate",
    "script_of",
    "seal_log",
    "seal_logs",
    "serve",
    "served_pages",
    "set_account_password",
    "set_account_role",
    "shop_table",
    "status",
    "suggest",
    "tag_text",
    "train",
    "train_tagger",
    "tune_model",
    "tune_search",
    "untune_search",
    "update_live",
    "update_on_schedule",
    "upgrade",
    "upgrade_plan",
    "use_encoders",
    "verify_ads_ledger",
    "verify_audit",
    "verify_backups",
    "watch",
    "watch_on_schedule",
    "watch_once",
    "write_purposes",
    "write_queries",
]


def import_files(
    shop: Shop,
    files: Sequence[Path],
    *,
    kind: str | None = None,
    file_format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    encoding: str | None = None,
    progress: Progress = no_progress,
) -> ImportResult:
    """connect: import files into sealed segments; unusable rows go to quarantine."""
    close_to_others(shop)
    return connect.import_files(
        connect.data_files(files),
        raw=shop.raw,
        tables=engine(shop),
        mask=shop.column_mask(),
        options=connect.Options(
            kind=cast("Literal['events', 'products'] | None", kind),
            format=file_format,
            mapping=dict(mapping or {}),
            currency=currency or shop.settings().currency,
            encoding=encoding,
        ),
        progress=progress,
    )


def train(
    shop: Shop,
    *,
    continued: Bundle | None = None,
    start_from: Path | None = None,
    with_clicks: bool = True,
    progress: Progress = no_progress,
) -> Trained:
    """train: train click models on impressions and purchase models on purchases, sealed as one bundle.

    With too few clicks or purchases the bundle lacks that model, and the report says why. ``continued`` is the bundle whose weights
    training continues from; ``with_clicks=False`` leaves out
    the click models, which take most of the time. ``start_from`` is the folder of another shop, or of a bundle of it:
    training starts from its click models and its model of new visitors.

    Raises:
        QualityStop: the data failed its checks.
        NotFound: ``start_from`` has no bundle.
        ShopError: the disk is full; what is live stays.
    """
    start = None if start_from is None else bundle_of_another_shop(start_from)
    with full_disk_named(shop.root):
        return _train(
            shop, continued=continued, start=start, with_clicks=with_clicks, progress=progress
        )


def _train(
    shop: Shop,
    *,
    continued: Bundle | None,
    start: Bundle | None,
    with_clicks: bool,
    progress: Progress,
) -> Trained:
    quality_report = QualityReport.load(shop.quality_report)
    quality_report.raise_if_stopped()
    tables, declared = engine(shop), declared_features(shop)
    generation = open_index(shop, make_index(shop, progress=progress))
    thresholds = search_thresholds(shop, generation)  # first: errors of judgements are reported
    clicks = (
        click_models(
            shop,
            tables,
            generation,
            declared,
            quality_report,
            continued=continued,
            start=start,
            progress=progress,
        )
        if with_clicks
        else Learned({}, {"no_clicks": "left out by the caller"})
    )
    learned = [
        clicks,
        purchase_models(shop, tables, progress=progress),
        next_items(shop, tables, generation, progress=progress),
        newcomers(shop, tables, start=start, progress=progress),
        tastes(shop, clicks, progress=progress),
        thresholds,
        search_order(shop, generation, clicks=clicks, thresholds=thresholds, progress=progress),
        customer_service(shop, progress=progress),
    ]
    return seal(shop, learned, declared, quality_report, generation=generation)


def update_live(
    shop: Shop, *, is_fresh: bool = False, progress: Progress = no_progress
) -> GateReport:
    """erase visitors and expired data, check, watch the live bundle, continue training from its weights with new data, then run the gate.

    Args:
        is_fresh: Train from scratch, on the window up to now (``train.window_days``); always so if the live bundle was trained on erased
            visitors.
    """
    require_servable(shop)
    if pending_visitors(shop):
        forget(shop, progress=progress)
    if is_clock_in_line(shop):
        forget_expired(shop, progress=progress)
    if watch_once(shop, progress=progress) is None:
        check(shop, progress=progress)
    # training does not continue from weights that saw an erased visitor
    is_fresh = is_fresh or retraining_due(shop) is not None
    continued = None if is_fresh else live_bundle(shop)
    if continued is not None and ClickModels.open(continued) is None:
        continued = None  # purchase models are always trained from scratch
    trained = train(shop, continued=continued, progress=progress)
    return release(shop, trained.bundle_id, progress=progress)


def update_on_schedule(
    shop: Shop,
    *,
    every_hours: float,
    report: Callable[[GateReport | ShopError], None],
    is_fresh: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Run :func:`update_live` now and then every ``every_hours``, one at a time, until the process is stopped. An error is reported and
    does not end the schedule.

    Args:
        report: Called after each run with its gate report or its error.
        is_fresh: Every run trains from scratch, on the moved window.
    """

    def run_once() -> None:
        try:
            report(update_live(shop, is_fresh=is_fresh, progress=progress))
        except ShopError as error:
            report(error)

    repeat(run_once, every_hours=every_hours)


def watch_once(
    shop: Shop, *, only_look: bool = False, progress: Progress = no_progress
) -> WatchReport | None:
    """Check, then watch the live bundle once; roll back if it is outside its bands, unless the data failed its checks, because its clicks
    cannot be trusted, either.

    Args:
        only_look: Do not roll back.

    Returns:
        None without a live bundle: then nothing is checked, either.
    """
    if live_bundle(shop) is None:
        return None
    stops = check(shop, progress=progress).stops
    doubt = f"the data failed its checks: {stops[0]}" if stops else ""
    return watch(shop, only_look=only_look, doubt=doubt, progress=progress)


def watch_on_schedule(
    shop: Shop,
    *,
    every_minutes: float,
    report: Callable[[WatchReport | ShopError | None], None],
    only_look: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Run :func:`watch_once` now and then every ``every_minutes``, until the process is stopped; an error is reported and does not end the
    schedule.

    Args:
        report: Called after each run with its result or error.
    """

    def run_once() -> None:
        try:
            report(watch_once(shop, only_look=only_look, progress=progress))
        except ShopError as error:
            report(error)

    repeat(run_once, every_hours=every_minutes / 60)
