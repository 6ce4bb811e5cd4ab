"""What strangers can do to a shop: to its worker, its facts and its customers.

    python bench/abuse.py                            # the sample shop
    python bench/abuse.py --shop shop                # a copy of a shop that is there already
    python bench/abuse.py --only text --only chat    # some of the attacks
    python bench/abuse.py --only floods --products 500 --events 20000

Each attack runs alone, beside a process that asks for the health of the server a hundred times a second and opens a new connection four
times a second. Nothing leaves the machine. A name for ``--only`` is one of

    limits       requests beyond every limit, and the costliest that are taken (one by one, then 16 at a time)
    connections  clients that are slow, silent or greedy
    text, chat   texts that are dear to look through, drawn by the seed, and clients that hang up
    reads        16 clients on the metrics, the API's document and an export, while a shopper asks for pages
    ids          clicks under the ids of the shop's purchases
    talks        300 talks of one address that ask for a person; talks of others
    orders       an e-mail address, or a name and a postal code, asks for another's order
    hosts        HTTP/1.1 without Host; a shop without keys that is asked through a proxy
    floods       bots that date over 13 days, and bots of now; then a check, an index and a release

A line an attack: ``wait_s`` (the longest that health took to answer, by the clock, on a kept or a new connection), ``block_s`` (the same without the time that
server and probe waited for a core), ``busy_s`` (the most CPU time that the event loop used during such a wait), ``health_s`` (how long 99 of
100 questions waited, without waits for a core), ``peak_mb``, ``statuses``, and what the attack won. The last line has the worst figures of all attacks, and in ``missed`` those beyond their bar: ``longest_block_s`` 0.5,
``longest_health_s`` 0.2, ``peak_ratio`` (peak over the memory of the idle worker) 2, ``n_5xx`` 0 (503 and 507 with Retry-After are honest, and
not counted), ``work_after_hanging_up_s`` (CPU time) 0.5, ``n_queued_by_one_address`` 30,
``skew_share`` 0.001, ``releases_open`` true, ``honest_lost_share`` (rows of honest newcomers during the floods) 0.05, all others 0. No bar have
``longest_wait_s``, ``longest_busy_s`` and ``pages_p50_ratio`` (pages beside reads, over pages alone): other users of a machine move them.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from suites.abuse.doors import (
    forwarded,
    many_talks,
    others_orders,
    others_talks,
    squatted_ids,
    without_host,
)
from suites.abuse.forged import floods
from suites.abuse.memory import memory_mb
from suites.abuse.reads import unrated_reads
from suites.abuse.requests import ALLOWED, TOO_LARGE, Attack
from suites.abuse.server import Server, counted, send
from suites.abuse.shop import attacked_shop
from suites.abuse.slow import slow_chat, slow_text
from suites.abuse.sockets import SLOW, Connections
from suites.overload.callers import closed_loop
from suites.serve.worker import SERVE_WITH_SETTINGS, served
from suites.shared.measure import emit

_MOST = {  # the bars; a figure that has none here must be 0
    "longest_block_s": 0.5,
    "longest_health_s": 0.2,
    "peak_ratio": 2.0,
    "work_after_hanging_up_s": 0.5,
    "n_queued_by_one_address": 30,
    "honest_lost_share": 0.05,
    "skew_share": 0.001,
}
_NO_BAR = ("longest_wait_s", "longest_busy_s", "pages_p50_ratio")
_NAMES = (
    *("limits", "connections", "text", "chat", "reads"),
    *("ids", "talks", "orders", "hosts", "floods"),
)


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument(
        "--shop", type=Path, help="a shop's folder, copied, instead of one that is made"
    )
    ask.add_argument("--products", type=int, default=800, help="of the sample shop")
    ask.add_argument("--events", type=int, default=24_000, help="of the sample shop")
    ask.add_argument("--seconds", type=float, default=6.0, help="of each attack by connections")
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--only", action="append", choices=_NAMES, help="may be repeated")
    given = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        root, sizes = Path(folder), {"n_products": given.products, "n_events": given.events}
        shop, key = attacked_shop(root, given.shop, **sizes, seed=given.seed)
        with served(shop.root, SERVE_WITH_SETTINGS) as (port, pid):
            server = Server(shop, key, port, pid, given.seed)
            warm = closed_loop(port, pid, server.pages("search"), n=2, seconds=5.0)
            asyncio.run(warm)  # every cache has its size
            server.idle_mb = memory_mb(pid)
            for name in _NAMES:
                if not given.only or name in given.only:
                    _attack(name, server, root, given.seconds)
    _emit_bars(server.figures)


def _attack(name: str, server: Server, root: Path, seconds: float) -> None:
    match name:
        case "limits":
            _limits(server)
        case "connections":
            _connections(server, seconds)
        case "text":
            slow_text(server)
        case "chat":
            slow_chat(server)
        case "reads":
            server.attack("16 clients on reads without a page", unrated_reads, server, seconds)
        case "ids":
            server.attack("clicks under the ids of purchases", squatted_ids, server)
        case "talks":
            server.attack("300 talks that ask for a person", many_talks, server)
            server.attack("talks of others", others_talks, server)
        case "orders":
            server.attack("orders of others", others_orders, server)
        case "hosts":
            server.attack("HTTP/1.1 without Host", without_host, server)
            server.attack("a shop without keys behind a proxy", forwarded, server, root)
        case "floods":
            floods(server, 2 * seconds)


def _limits(server: Server) -> None:
    def sent(attacks: Sequence[Attack], n_callers: int) -> Mapping[str, object]:
        return counted(send(server.port, attacks, n_callers=n_callers))

    for one in (*TOO_LARGE, *ALLOWED):
        server.attack(one[0], sent, [one], 1)
    server.attack("all beyond the limits, 16 at a time", sent, TOO_LARGE, 16)
    server.attack("all within the limits, 16 at a time", sent, ALLOWED, 16)


def _connections(server: Server, seconds: float) -> None:
    def hold(slow: Connections) -> Mapping[str, object]:
        return counted(slow(server.port, seconds))

    for slow in SLOW:
        server.attack(str(slow.__doc__).strip("."), hold, slow)


def _emit_bars(figures: dict[str, float]) -> None:
    missed = [
        name
        for name, value in figures.items()
        if name not in _NO_BAR and value > _MOST.get(name, 0)
    ]
    shown: dict[str, object] = dict(figures)
    if "n_checks_closed" in shown:
        shown["releases_open"] = not shown.pop("n_checks_closed")
        missed = ["releases_open" if name == "n_checks_closed" else name for name in missed]
    emit(attack="bars", **shown, missed=missed)


if __name__ == "__main__":
    main()
