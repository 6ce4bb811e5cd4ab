"""What an older version left in a shop's folder: what this one reads as it is, what it migrates, what has to be made again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from baihuo import bundle, connect, index, quality
from baihuo.access import AccountsFile, AuditLog, KeyStore
from baihuo.bundle import Bundle
from baihuo.catalog import Catalog
from baihuo.core import NotFound, ShopError, open_read_only
from baihuo.encode import VectorCache
from baihuo.engine import SUMS
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.features import state_folder
from baihuo.flow.access_keys import keys
from baihuo.flow.resources import close_to_others, declared_features, features_of
from baihuo.privacy import Erasures
from baihuo.settings import Shop

UpgradeState: TypeAlias = Literal["current", "migrates", "remake", "broken"]


@dataclass(frozen=True, slots=True)
class UpgradeItem:
    """One thing in a shop's folder, as this version sees it.

    ``current``: nothing to do. ``migrates``: the first command or server that opens it does it, and so does
    ``baihuo upgrade --apply``. ``remake``: the command in ``fix`` makes it again. ``broken``: a person has to look.
    """

    what: str
    state: UpgradeState
    found: str
    fix: str = ""


class _Store(Protocol):
    def close(self) -> None: ...


_Open: TypeAlias = Callable[[Path], _Store]


def upgrade_plan(shop: Shop) -> list[UpgradeItem]:
    """Everything in the shop's folder that has a version. Writes nothing.

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
    ]


def upgrade(shop: Shop) -> list[UpgradeItem]:
    """Migrate what migrates: databases, the key of earlier versions, the rights of the folder.

    What is learned from data is not made again here: that is ``check``, ``train`` and ``release``, in this order.

    Returns:
        The plan afterwards.
    """
    close_to_others(shop)
    for path, opened in _stores(shop):
        if path.is_file():
            opened(path).close()
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
    try:
        shop.settings()
        quality.load_rules(shop.rules_file)
        declared_features(shop)
    except ShopError as error:
        return UpgradeItem("settings", "broken", error.what, error.fix)
    return UpgradeItem("settings", "current", "every name in them is known")


def _databases(shop: Shop) -> Iterator[UpgradeItem]:
    for path, opened in _stores(shop):
        if not path.is_file():
            continue
        name = path.relative_to(shop.root).as_posix()
        try:
            with open_read_only(path) as connection:
                found = 0  # made before its tables had a version
                if connection is not None:
                    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        except Exception as error:  # of SQLite: whatever it is, the rest is still looked at
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
    """The schema version that this software gives a new file."""
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
        return UpgradeItem("rights of the folder", "migrates", "others may look into it")
    return UpgradeItem("rights of the folder", "current", "its owner's alone")


def _imports(shop: Shop) -> Iterator[UpgradeItem]:
    if records := connect.imports(shop.raw):
        yield UpgradeItem("imports", "current", f"{len(records):,} files, read as they are")


def _checks(shop: Shop) -> Iterator[UpgradeItem]:
    if not shop.quality_report.exists():
        return
    try:
        quality.QualityReport.load(shop.quality_report)
    except ShopError as error:
        yield UpgradeItem("checks", "remake", error.what, "baihuo check")
    else:
        text = "the report is read; the next check looks at every day again where rules or checks are new"
        yield UpgradeItem("checks", "current", text)


def _live(shop: Shop) -> Iterator[UpgradeItem]:
    live = bundle.read_live(shop.bundles)
    if live is None:
        return
    try:
        bundle.require_readable(Bundle.open(shop.bundles / live.bundle_id))
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
    text = f"format {found or 'without a number'}, this version writes {index.INDEX_FORMAT}"
    if found == index.INDEX_FORMAT:
        yield UpgradeItem("index", "current", text)
    else:
        text += "; it is read, without what later formats hold"
        yield UpgradeItem("index", "remake", text, "baihuo train, then baihuo release")


def _features(shop: Shop) -> Iterator[UpgradeItem]:
    live = bundle.read_live(shop.bundles)
    if live is None:
        return
    with suppress(
        ShopError, ValueError, KeyError, TypeError
    ):  # the bundle's item says what is wrong
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


def _guarded(what: str, read: Callable[[], Iterator[UpgradeItem]]) -> Iterator[UpgradeItem]:
    """What ``read`` finds; what cannot be read is an item, too."""
    try:
        yield from read()
    except ShopError as error:
        yield UpgradeItem(what, "broken", error.what, error.fix)
