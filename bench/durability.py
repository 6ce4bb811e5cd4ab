"""Whether an acknowledged event is stored, once, whatever is killed, torn or full.

    python bench/durability.py                     # 50 kills
    python bench/durability.py --kills 6 --seed 3 --seconds 60

A server with two workers takes events from several clients. Workers, the supervisor, or all of them at once are killed (SIGKILL, by
their ids), again and again; a client that gets no answer sends the same events again until they are acknowledged. Then the log is
copied as a power cut would leave it, its write-ahead log cut off or garbled at the end, and opened: it must hold a clean prefix.
Then a server writes to a disk of a few megabytes (a tmpfs; where that may not be mounted, a limit of file sizes) until it is full, and
again when there is room.

One line: ``acknowledged`` and ``stored`` (the bar: equal), ``missing``, ``doubled``, ``kills_worker``, ``kills_supervisor``, ``kills_both``,
``torn`` copies and ``torn_wrong``, ``full_acknowledged``, ``full_stored``, ``full_statuses`` (answers while it was full) and ``full_recovers``,
``seconds``. Only loopback is used.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from suites.durability.clients import Clients
from suites.durability.full_disk import fill_disk
from suites.durability.killing import Server
from suites.durability.torn import stored_ids, torn_copies
from suites.shared.measure import emit


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--kills", type=int, default=50)
    ask.add_argument("--clients", type=int, default=6)
    ask.add_argument("--torn", type=int, default=30, help="damaged copies of the log")
    ask.add_argument("--seconds", type=float, default=1_200, help="at most, for the kills")
    ask.add_argument("--seed", type=int, default=7)
    arguments = ask.parse_args()
    start, dice = time.monotonic(), random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        shop = Path(folder) / "shop"
        kills, acknowledged = _kill(shop, dice, arguments)
        stored = stored_ids(shop)
        torn_wrong = sum(not is_clean for is_clean in torn_copies(shop, dice, n=arguments.torn))
        full = fill_disk(Path(folder))
        emit(
            acknowledged=len(acknowledged),
            stored=len(stored),
            missing=len(acknowledged - set(stored)),
            doubled=len(stored) - len(set(stored)),
            **{f"kills_{kind}": kills[kind] for kind in ("worker", "supervisor", "both")},
            torn=arguments.torn,
            torn_wrong=torn_wrong,
            **full,
            seconds=time.monotonic() - start,
        )


def _kill(
    shop: Path, dice: random.Random, arguments: argparse.Namespace
) -> tuple[Counter[str], set[str]]:
    """Kill under load; how often what was killed, and the ids that were acknowledged."""
    kills: Counter[str] = Counter()
    ends_at = time.monotonic() + arguments.seconds
    server = Server(shop, workers=2)
    clients = Clients(server.port, n=arguments.clients, seed=arguments.seed)
    with server, clients:
        while kills.total() < arguments.kills and time.monotonic() < ends_at:
            clients.wait_for_more(5, until=ends_at)
            time.sleep(dice.uniform(0.0, 0.3))  # at any moment of a commit
            kind = dice.choices(("worker", "supervisor", "both"), (4, 1, 1))[0]
            server.kill(kind, dice)
            kills[kind] += 1
        clients.finish(within_s=120)
        acknowledged = clients.acknowledged
    return kills, acknowledged


if __name__ == "__main__":
    main()
