"""A backup is whole, costs what is new, and a damaged one is found before anything is restored."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from baihuo import flow
from baihuo.access import Scope
from baihuo.backup import BackupPlace, known_backups, open_backup
from baihuo.backup.restore import copy_database
from baihuo.cli.app import app
from baihuo.core import BadInput, BrokenFile, Conflict, Event, EventType, ShopError
from baihuo.events import EventLog
from baihuo.settings import Shop


def event(i: int) -> Event:
    return Event(
        event_id=f"e{i}",
        event_type=EventType.CLICK,
        visitor_id="v",
        occurred_at_us=i + 1,
        received_at_us=i + 1,
        product_id="p",
    )


def append(shop: Shop, *numbers: int) -> None:
    log = EventLog(shop.log)
    log.append([event(i) for i in numbers])
    log.close()


def stored(shop: Shop) -> list[str]:
    log = EventLog(shop.log)
    try:
        return [found.event_id for _, found in log.tail(0)]
    finally:
        log.close()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A log with a segment, a bundle, pictures, settings and keys."""
    made = Shop(tmp_path / "shop")
    append(made, 0, 1)
    flow.seal_log(made)
    append(made, 2)
    (made.bundles / "b1").mkdir(parents=True)
    (made.bundles / "b1" / "weights.bin").write_bytes(os.urandom(2 << 20))
    (made.bundles / "live.json").write_text("{}")
    made.pictures.mkdir()
    (made.pictures / "灯.png").write_bytes(b"picture")
    made.settings_file.write_text("name: 百货\n")
    made.mask_key()
    flow.create_key(made, "erp", [Scope.CATALOGUE], days=None)
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def contents(root: Path) -> dict[str, bytes]:
    """Of all files but databases, whose bytes may differ where their rows do not."""
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in root.rglob("*")
        if p.is_file() and ".sqlite" not in p.name and "lock" not in p.name
    }


def test_a_restored_shop_has_every_file_and_every_event(shop: Shop, target: Path) -> None:
    before = contents(shop.root)
    flow.backup(shop, target)
    append(shop, 3)  # after the backup
    _, restored = flow.restore(target, shop.root.with_name("restored"))
    after = contents(restored.folder)
    assert before == {name: after[name] for name in before}
    assert {*after} - {*before} == {"backups.json"}
    assert stored(Shop(restored.folder)) == ["e0", "e1", "e2"]
    assert [key.name for key in flow.keys(Shop(restored.folder))] == ["erp"]
    assert flow.verify_audit(Shop(restored.folder)).seq >= 2
    for folder in (target, open_backup(target).folder, restored.folder):
        assert folder.stat().st_mode & 0o077 == 0
        private = [p for p in folder.rglob("*.*") if p.is_file() and p.suffix != ".lock"]
        assert not [p for p in private if p.stat().st_mode & 0o077]


def test_a_second_backup_links_what_did_not_change_and_is_whole_alone(
    shop: Shop, target: Path
) -> None:
    first = flow.backup(shop, target).made
    append(shop, 3)
    second = flow.backup(shop, target).made
    weights = "5-bundles/b1/weights.bin"
    assert second.n_linked > 3
    assert second.n_new_bytes < 1 << 20 < first.n_new_bytes
    same = [place.folder / "files" / weights for place in (first.place, second.place)]
    assert same[0].samefile(same[1])
    assert not same[0].samefile(shop.root / weights)  # damage in the shop is none of the backup
    shutil.rmtree(first.place.folder)
    _, restored = flow.restore(target, shop.root.with_name("restored"))
    assert stored(Shop(restored.folder)) == ["e0", "e1", "e2", "e3"]


def test_nothing_changed_costs_nothing(shop: Shop, target: Path) -> None:
    flow.backup(shop, target)
    flow.backup(shop, target)  # the audit log and the list of backups grew
    third = flow.backup(shop, target).made
    new = {
        name
        for name in third.place.manifest.files
        if (third.place.folder / "files" / name).stat().st_nlink == 1
    }
    assert new == {"audit.sqlite", "backups.json"}


@pytest.mark.parametrize("name", ["5-bundles/b1/weights.bin", "1-raw/log.sqlite", "shop.yaml"])
@pytest.mark.parametrize("damage", ["flip", "cut", "away"])
def test_damage_is_named_by_verify_and_refused_by_restore(
    shop: Shop, target: Path, name: str, damage: str
) -> None:
    place = flow.backup(shop, target).made.place
    file = place.folder / "files" / name
    whole = file.read_bytes()
    if damage == "away":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(whole[:-1])
    else:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BrokenFile, match=name):
        flow.verify_backups(target)
    restored = shop.root.with_name("restored")
    with pytest.raises(BrokenFile, match=name):
        flow.restore(target, restored)
    assert not restored.exists()
    assert not list(shop.root.parent.glob(".restored*"))


def test_a_file_put_into_a_backup_is_named(shop: Shop, target: Path) -> None:
    place = flow.backup(shop, target).made.place
    (place.folder / "files" / "more.bin").write_bytes(b"")
    with pytest.raises(BrokenFile, match=r"more\.bin was added"):
        flow.verify_backups(target)


def test_a_changed_manifest_is_refused(shop: Shop, target: Path) -> None:
    path = flow.backup(shop, target).made.place.folder / "manifest.json"
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ShopError, match=r"manifest\.json|newer version"):
            flow.verify_backups(target)
    body = json.loads(whole)
    body["files"]["../outside"] = body["files"].pop("shop.yaml")
    path.write_text(json.dumps(body))
    with pytest.raises(BrokenFile, match=r"manifest\.json"):
        flow.restore(target, shop.root.with_name("restored"))


def test_a_shop_is_never_overwritten(shop: Shop, target: Path) -> None:
    flow.backup(shop, target)
    append(shop, 3)
    with pytest.raises(Conflict, match="not empty"):
        flow.restore(target, shop.root)
    _, restored = flow.restore(target, shop.root, is_forced=True)
    assert stored(shop) == ["e0", "e1", "e2"]
    assert restored.moved_to is not None
    assert stored(Shop(restored.moved_to)) == ["e0", "e1", "e2", "e3"]


def test_without_keys_no_secret_is_in_a_backup(shop: Shop, target: Path) -> None:
    (shop.root / "visitor.key").write_bytes(b"a secret of thirty-two bytes....")
    place = flow.backup(shop, target, with_keys=False).made.place
    names = {*place.manifest.files}
    assert not names & {"mask.key", "visitor.key", "keys.sqlite"}
    assert {*place.manifest.left_out} >= {"mask.key", "visitor.key", "keys.sqlite"}
    secrets = [shop.mask_key(), b"a secret of thirty-two bytes...."]
    for file in place.folder.rglob("*"):
        assert not file.is_file() or not any(s in file.read_bytes() for s in secrets)
    done = CliRunner().invoke(
        app, ["restore", str(target), "--shop", str(shop.root.with_name("restored"))]
    )
    assert done.exit_code == 0
    assert "the backup has no keys" in done.stderr.replace("\n", " ")


def test_old_backups_are_deleted_and_the_shop_knows_those_left(shop: Shop, target: Path) -> None:
    for _ in range(4):
        flow.backup(shop, target, keep=2)
    left = flow.list_backups(shop, target)
    assert len(left) == 2
    assert [one.path for one in known_backups(shop)] == [str(p.folder) for p in left]
    assert all(one.expires_at_us - one.at_us == 90 * 86_400_000_000 for one in known_backups(shop))
    flow.backup(shop, target, keep_days=0.01)
    assert len(flow.list_backups(shop, target)) == 3
    assert not list(target.glob(".[dw]*"))


def test_retention_ends_and_the_newest_stays(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_us = 1_700_000_000_000_000
    monkeypatch.setattr("baihuo.flow.copies.now_us", lambda: now_us)
    flow.backup(shop, target, keep_days=1)
    now_us += 2 * 86_400_000_000
    monkeypatch.setattr("baihuo.flow.copies.now_us", lambda: now_us)
    flow.backup(shop, target, keep_days=0.01)
    assert len(flow.list_backups(shop, target)) == 1
    now_us += 86_400_000_000
    from baihuo.backup import delete_expired

    assert delete_expired(target, keep=5, now_us=now_us) == []


def test_events_sealed_while_the_backup_ran_are_not_lost_later(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment that is newer than the copy of the log would swallow the next events of the restored shop."""
    copy, n_calls = copy_database, 0

    def copying(source: Path, out: Path) -> None:
        nonlocal n_calls
        copy(source, out)
        if source.name == "log.sqlite":
            n_calls += 1
            append(shop, 100 + n_calls)
            flow.seal_log(shop)

    monkeypatch.setattr("baihuo.backup.create.copy_database", copying)
    flow.backup(shop, target)
    restored = Shop(flow.restore(target, shop.root.with_name("restored"))[1].folder)
    n_before = len(stored(restored))
    append(restored, 900, 901)
    flow.seal_log(restored)
    append(restored, 902)
    assert stored(restored)[n_before:] == ["e900", "e901", "e902"]
    assert stored(restored)[:3] == ["e0", "e1", "e2"]


def test_a_release_in_the_middle_does_not_tear_a_backup(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, is_first = copy_database, True

    def copying(source: Path, out: Path) -> None:
        nonlocal is_first
        copy(source, out)
        if is_first:
            is_first = False
            (shop.bundles / "b2").mkdir()
            (shop.bundles / "b2" / "weights.bin").write_bytes(b"2")
            (shop.bundles / "new.json").write_text('{"now": "b2"}')
            (shop.bundles / "new.json").replace(shop.bundles / "live.json")

    monkeypatch.setattr("baihuo.backup.create.copy_database", copying)
    place = flow.backup(shop, target).made.place
    assert "5-bundles/b2/weights.bin" in place.manifest.files
    assert (place.folder / "files/5-bundles/live.json").read_text() == '{"now": "b2"}'


def test_a_damaged_database_is_named_when_it_is_backed_up(shop: Shop, target: Path) -> None:
    with closing(sqlite3.connect(shop.log)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(shop.log.read_bytes())
    whole[4096:4200] = b"\xff" * 104
    shop.log.write_bytes(whole)
    with pytest.raises(BrokenFile, match=r"log\.sqlite is damaged"):
        flow.backup(shop, target)
    assert not flow.list_backups(shop, target)


def test_what_cannot_be_is_refused_with_its_fix(shop: Shop, target: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="inside the shop"):
        flow.backup(shop, shop.root / "backups")
    flow.backup(shop, target)
    other = Shop(tmp_path / "other")
    append(other, 1)
    with pytest.raises(Conflict, match="another shop"):
        flow.backup(other, target)
    with pytest.raises(ShopError, match="no backup in"):
        flow.restore(tmp_path / "nothing", tmp_path / "restored")
    with pytest.raises(ShopError, match="there is no shop"):
        flow.backup(Shop(tmp_path / "none"), target)
    assert not (tmp_path / "none").exists()


def test_a_killed_backup_leaves_nothing_that_counts(shop: Shop, target: Path) -> None:
    place = flow.backup(shop, target).made.place
    (target / ".writing-1").mkdir()
    (shop.root / ".backup-1").mkdir()
    (shop.root / ".backup-1" / "shop.yaml").write_text("old")
    assert [p.folder for p in flow.list_backups(shop, target)] == [place.folder]
    newest: BackupPlace = flow.backup(shop, target).made.place
    assert not any(".backup" in name for name in newest.manifest.files)
    assert not (target / ".writing-1").exists()
    assert not (shop.root / ".backup-1").exists()
    assert open_backup(target).folder == newest.folder


def test_the_command_lists_verifies_and_says_what_is_in_it(shop: Shop, target: Path) -> None:
    run = CliRunner().invoke
    done = run(app, ["backup", str(target), "--shop", str(shop.root)])
    assert done.exit_code == 0, done.output
    assert Path(done.stdout.strip()).parent == target
    assert "not encrypted" in done.stderr
    listed = run(app, ["backup", str(target), "--shop", str(shop.root), "--list"])
    assert Path(done.stdout.strip()).name in listed.stdout
    verified = run(app, ["backup", str(target), "--shop", str(shop.root), "--verify"])
    assert verified.exit_code == 0
    assert "every byte as it was written" in verified.stderr
