"""A server on a disk that becomes full, and has room again."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from suites.durability.clients import batch, post
from suites.durability.killing import Server
from suites.durability.torn import stored_ids

_MB = 4
_MOST_BATCHES, _WHILE_FULL = 400, 20


def fill_disk(folder: Path) -> dict[str, object]:
    """Post until the disk is full, and again when there is room."""
    statuses: Counter[int] = Counter()
    acknowledged: set[str] = set()

    def send(connection: http.client.HTTPConnection, name: str, n: int) -> int:
        events = batch(name, n)
        for event in events:
            event["query_text"] = "x" * 200
        try:
            status = post(connection, events)
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0
        if status == 200:
            acknowledged.update(event["event_id"] for event in events)
        return status

    with _small_disk(folder / "small") as (shop, has_tmpfs):
        limit = None if has_tmpfs else _MB * 2**20
        with Server(shop, workers=1, max_file_bytes=limit) as server:
            connection = _connected(server.port)
            for i in range(_MOST_BATCHES):
                status = send(connection, f"full-{i}", 100)
                if status != 200:
                    statuses[status] += 1
                if statuses.total() >= _WHILE_FULL:
                    break
            if has_tmpfs:
                _mount("-o", f"remount,size={16 * _MB}m", str(shop.parent))
                is_well = _recovers(lambda: send(connection, f"after-{time.monotonic()}", 10))
            connection.close()
        if not has_tmpfs:
            with Server(shop, workers=1) as server:
                connection = _connected(server.port)
                is_well = _recovers(lambda: send(connection, f"after-{time.monotonic()}", 10))
                connection.close()
        stored = stored_ids(shop)
    return {
        "full_disk": "tmpfs" if has_tmpfs else "limit of file sizes",
        "full_acknowledged": len(acknowledged),
        "full_stored": len(stored),
        "full_missing": len(acknowledged - set(stored)),
        "full_statuses": {str(status): n for status, n in sorted(statuses.items())},
        "full_recovers": is_well,
    }


def _recovers(send: Callable[[], int], within_s: float = 30.0) -> bool:
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        if send() == 200:
            return True
        time.sleep(0.2)
    return False


def _connected(port: int) -> http.client.HTTPConnection:
    """A connection to a server that has started."""
    ends_at = time.monotonic() + 120
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
            return connection
        except OSError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.1)


@contextmanager
def _small_disk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """A folder on a small disk of its own, if one may be mounted."""
    folder.mkdir()
    has_tmpfs = _mount("-t", "tmpfs", "-o", f"size={_MB}m", "tmpfs", str(folder))
    try:
        yield folder / "shop", has_tmpfs
    finally:
        if has_tmpfs:
            subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def _mount(*arguments: str) -> bool:
    try:
        return (
            subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
        )
    except FileNotFoundError:
        return False
