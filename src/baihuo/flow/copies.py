"""Backups of a shop, their restoration, and the upgrade of its folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from baihuo import bundle, connect, index, quality
from baihuo.access import AccountsFile, AuditLog, KeyStore
from baihuo.backup import (
    BackupOptions,
    BackupPlace,
    BackupResult,
    RestoreResult,
    backups_in,
    create_backup,
    delete_expired,
    open_backup,
    remember_backup,
    restore_backup,
)
from baihuo.backup import verify_backups as verify_places
from baihuo.bundle import Bundle
from baihuo.catalog import Catalog
from baihuo.core import NotFound, Progress, ShopError, no_progress, now_us, open_read_only
from baihuo.encode import Encoders, VectorCache
from baihuo.engine import SUMS, written_whole
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.features import state_folder
from baihuo.flow.people import keys, record_audit
from baihuo.flow.resources import close_to_others, declared_features, features_of, older_tuning
from baihuo.privacy import Erasures
from baihuo.settings import Shop


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A new backup, and the old ones deleted."""

    made: BackupResult
    deleted: list[BackupPlace]


def backup(
    shop: Shop,
    target: Path,
    *,
    with_keys: bool = True,
    keep: int | None = None,
    keep_days: float | None = None,
    progress: Progress = no_progress,
) -> BackedUp:
    """backup: copy the whole shop into a new folder of ``target`` while it is served; delete backups that are too old.

    It waits for a running check or import, and blocks others for the milliseconds of linking files.

    Args:
        target: A folder for backups of this shop alone.
        with_keys: Whether to include the shop's secrets.
        keep: Number of backups to keep, by default ``backup.keep``.
        keep_days: Days to keep this one, by default ``backup.keep_days``.
    """
    settings = shop.settings().backup
    started_us = now_us()
    made = create_backup(
        shop,
        target,
        at_us=started_us,
        options=BackupOptions(
            with_keys=with_keys,
            keep_days=settings.keep_days if keep_days is None else keep_days,
            locks=lambda: _held(shop),
        ),
        progress=progress,
    )
    deleted = delete_expired(target, keep=keep or settings.keep, now_us=now_us())
    remember_backup(shop, [made.place], deleted=deleted)
    record_audit(
        shop,
        "backup.create",
        subject=made.place.folder.name,
        detail={
            "has_keys": with_keys,
            "expires_at_us": made.place.manifest.expires_at_us,
            "deleted": [place.folder.name for place in deleted],
        },
    )
    return BackedUp(made, deleted)


def list_backups(shop: Shop, target: Path) -> list[BackupPlace]:
    """backup: list the backups in a folder, oldest first, and register this shop's.

    Raises:
        NotFound: there is no such folder.
    """
    if not target.is_dir():
        raise NotFound(f"there is no folder {target}", fix=f"make a backup: baihuo backup {target}")
    places = backups_in(target)
    own = [place for place in places if place.manifest.shop == str(shop.root.resolve())]
    if own and shop.root.is_dir():
        remember_backup(shop, own)
    return places


def verify_backups(target: Path, *, progress: Progress = no_progress) -> list[BackupPlace]:
    """backup: read every byte of the backups in a folder, or of one backup.

    Raises:
        BrokenFile: files were changed, cut, added or are missing.
        NotFound: there is no backup.
    """
    newest = open_backup(target)
    places = [newest] if newest.folder == target else backups_in(target)
    verify_places(places, progress=progress)
    return places


def restore(
    source: Path, folder: Path, *, is_forced: bool = False, progress: Progress = no_progress
) -> tuple[BackupPlace, RestoreResult]:
    """backup: restore a backup, or the newest one in a folder, as the shop ``folder``; every byte is checked first.

    Args:
        source: The backup, or a folder of backups.
        folder: The shop's folder, absent or empty.
        is_forced: Move what is in ``folder`` aside.
    """
    place = open_backup(source)
    restored = restore_backup(place, folder, at_us=now_us(), is_forced=is_forced, progress=progress)
    shop = Shop(restored.folder)
    close_to_others(shop)
    remember_backup(shop, [place])
    detail = {"at_us": place.manifest.at_us, "has_keys": place.manifest.has_keys}
    record_audit(shop, "backup.restore", subject=place.folder.name, detail=detail)
    return place, restored


@contextmanager
def _held(shop: Shop) -> Iterator[None]:
    """Hold the locks of import and check."""
    with ExitStack() as stack:
        if shop.raw.is_dir():
            stack.enter_context(connect.locked(shop.raw, wait=True))
        if shop.clean.is_dir():
            stack.enter_context(quality.locked(shop.clean, wait=True))
        yield


UpgradeState: TypeAlias = Literal["current", "migrates", "remake", "broken"]


@dataclass(frozen=True, slots=True)
class UpgradeItem:
    """A versioned part of a shop's folder.

    ``current``: nothing to do. ``migrates``: the first command or server that opens it migrates it, and so does ``baihuo upgrade --apply``.
    ``remake``: the command in ``fix`` renews it. ``broken``: a person has to decide.
    """

    what: str
    state: UpgradeState
    found: str
    fix: str = ""


class _Store(Protocol):
    def close(self) -> None: ...


_Open: TypeAlias = Callable[[Path], _Store]


def upgrade_plan(shop: Shop) -> list[UpgradeItem]:
    """List all versioned parts of the shop's folder. Writes nothing.

    Raises:
        NotFound: the shop has no folder.
    """
    if not shop.root.is_dir():
        raise NotFound(f"there is no shop in {shop.root}", fix="name its folder: --shop FOLDER")
    items = [_settings(shop), *_databases(shop), *_keys(shop), _rights(shop)]
    return [
        *items,
        *_guarded("imports", lambda: _imports(shop)),
        *_guarded("checks", lambda: _checks(shop)),
        *_guarded("live bundle", lambda: _live(shop)),
        *_guarded("index", lambda: _index(shop)),
        *_guarded("feature state", lambda: _features(shop)),
        *_guarded("tuning of searches", lambda: _tuning(shop)),
    ]


def upgrade(shop: Shop) -> list[UpgradeItem]:
    """Migrate databases, ``quality.yaml``, the key of earlier versions and the folder's permissions. ``check``, ``train`` and ``release``, in this order,
    renew models.

    Returns:
        The plan afterwards.
    """
    close_to_others(shop)
    for path, opened in _stores(shop):
        if path.is_file():
            opened(path).close()
    with suppress(FileNotFoundError, UnicodeDecodeError):  # the plan reports what is not UTF-8
        text = shop.rules_file.read_text(encoding="utf-8")
        if (carried := quality.without_retired(text)) != text:
            with written_whole(shop.rules_file) as part:
                part.write_text(carried, encoding="utf-8")
    if shop.team_key_file.exists():
        keys(shop)
    return upgrade_plan(shop)


def _stores(shop: Shop) -> list[tuple[Path, _Open]]:
    return [
        (shop.log, EventLog),
        (shop.judgements, JudgementLog),
        (shop.catalog, Catalog),
        (shop.served_log, ServedLog),
        (shop.keys_file, KeyStore),
        (shop.accounts_file, AccountsFile),
        (shop.erasures_file, lambda path: Erasures(path, b"of no receipt")),
        (shop.audit_file, AuditLog),
        (shop.vectors, VectorCache),
    ]


def _settings(shop: Shop) -> UpgradeItem:
    rules = shop.rules_file
    if rules.exists() and (names := quality.retired_names(rules.read_text("utf-8", "replace"))):
        text = f"quality.yaml has names of an earlier version: {', '.join(names)}"
        return UpgradeItem("settings", "migrates", text, "baihuo upgrade --apply")
    try:
        shop.settings()
        quality.load_rules(shop.rules_file)
        declared_features(shop)
    except ShopError as error:
        return UpgradeItem("settings", "broken", error.what, error.fix)
    return UpgradeItem("settings", "current", "all names are known")


def _databases(shop: Shop) -> Iterator[UpgradeItem]:
    for path, opened in _stores(shop):
        if not path.is_file():
            continue
        name = path.relative_to(shop.root).as_posix()
        try:
            with open_read_only(path) as connection:
                found = 0  # made before tables had a version
                if connection is not None:
                    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        except Exception as error:  # of SQLite: whatever it is, continue with the rest
            fix = "restore it from a backup: baihuo restore"
            yield UpgradeItem(name, "broken", f"cannot be read: {error}", fix)
            continue
        newest = _newest_version(opened)
        text = f"schema {found}, this version writes {newest}"
        if found > newest:
            fix = "update baihuo, or open the shop with the version that wrote it"
            yield UpgradeItem(name, "broken", text, fix)
        else:
            yield UpgradeItem(name, "migrates" if found < newest else "current", text)


def _newest_version(opened: _Open) -> int:
    """Return the schema version of new files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.sqlite"
        opened(path).close()
        with open_read_only(path) as connection:
            if connection is None:
                return 0
            return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _keys(shop: Shop) -> Iterator[UpgradeItem]:
    if shop.team_key_file.exists():
        text = "the one key of earlier versions goes into keys.sqlite as a hash, and stays valid"
        yield UpgradeItem("team.key", "migrates", text)


def _rights(shop: Shop) -> UpgradeItem:
    if shop.root.stat().st_mode & 0o077:
        return UpgradeItem("permissions of the folder", "migrates", "others can read it")
    return UpgradeItem("permissions of the folder", "current", "only its owner can read it")


def _imports(shop: Shop) -> Iterator[UpgradeItem]:
    if records := connect.imports(shop.raw):
        yield UpgradeItem("imports", "current", f"{len(records):,} files, readable")


def _checks(shop: Shop) -> Iterator[UpgradeItem]:
    if not shop.quality_report.exists():
        return
    try:
        quality.QualityReport.load(shop.quality_report)
    except ShopError as error:
        yield UpgradeItem("checks", "remake", error.what, "baihuo check")
    else:
        text = "the report is readable; the next check repeats all days if rules or checks are new"
        yield UpgradeItem("checks", "current", text)


def _live(shop: Shop) -> Iterator[UpgradeItem]:
    live = bundle.read_live(shop.bundles)
    if live is None:
        return
    try:
        sealed = Bundle.open(shop.bundles / live.bundle_id)
        bundle.require_readable(sealed)
        Encoders.open(sealed.folder("encoders"), verify=False)
    except ShopError as error:
        yield UpgradeItem("live bundle", "remake", error.what, "baihuo train, then baihuo release")
    else:
        yield UpgradeItem(
            "live bundle", "current", f"{live.bundle_id}, every byte as it was sealed"
        )


def _index(shop: Shop) -> Iterator[UpgradeItem]:
    live = bundle.read_live(shop.bundles)
    if live is None:
        return
    found = index.format_of(shop.index / live.index_id)
    text = f"format {found or 'without a version'}, this version writes {index.INDEX_FORMAT}"
    if found == index.INDEX_FORMAT:
        yield UpgradeItem("index", "current", text)
    else:
        text += "; readable, without data of later formats"
        yield UpgradeItem("index", "remake", text, "baihuo train, then baihuo release")


def _features(shop: Shop) -> Iterator[UpgradeItem]:
    live = bundle.read_live(shop.bundles)
    if live is None:
        return
    with suppress(ShopError, ValueError, KeyError, TypeError):  # the bundle's item has the error
        opened = Bundle.open(shop.bundles / live.bundle_id, verify=False)
        folder = state_folder(shop.features, features_of(opened))
        if not folder.is_dir():
            text = f"none of features {folder.name}"
            yield UpgradeItem("feature state", "remake", text, "baihuo features")
        elif not (folder / SUMS).exists():
            text = "without hashes, used unchecked"
            yield UpgradeItem("feature state", "remake", text, "baihuo features")
        else:
            yield UpgradeItem("feature state", "current", f"features {folder.name}, with hashes")


def _tuning(shop: Shop) -> Iterator[UpgradeItem]:
    if older_tuning(shop).exists():
        text = "6-index/tuned_search.json is not read any more: a tuning is part of a bundle"
        yield UpgradeItem("tuning of searches", "remake", text, "baihuo tune search")


def _guarded(what: str, read: Callable[[], Iterator[UpgradeItem]]) -> Iterator[UpgradeItem]:
    """Return the items of ``read``; read errors are items, too."""
    try:
        yield from read()
    except ShopError as error:
        yield UpgradeItem(what, "broken", error.what, error.fix)
