"""Plays conversations that were written by hand to a shop's customer service, and says how many are good, by class.

    python bench/assist_written.py --shop shop --exam tests/assist/reviewed/conversations.yaml
    python bench/assist_written.py --shop shop --exam FILE --part report --transcripts out.txt

The shop is the sample shop (baihuo demo). Each conversation has shoppers and orders of its own, which are imported into it, so play to a
copy. Messages go through the API in this process, with a key of the scope `desk` that is revoked at the end. A conversation is good if no
turn has a fault: words or facts that lack, words that must not be there, another decision, other products, another state of an order, another
language, another shopper's order, more than two seconds. One JSON line a class: {"part", "class", "n", "good", "turns", "good_turns", "failed"}.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from baihuo import flow
from baihuo.access import KeyStore, Scope
from baihuo.assist import SqliteOrders
from baihuo.catalog import Catalog
from baihuo.core import now_us
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop
from suites.assist_written.exam import PARTS, Talk, read_exam
from suites.assist_written.playing import PlayedTalk, play
from suites.assist_written.shoppers import Stock, cast
from suites.shared.measure import emit

_OPENING_S = 180


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shop", type=Path, required=True, help="a copy of the sample shop")
    parser.add_argument("--exam", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, default=PARTS[0])
    parser.add_argument("--only", default="", help="ids that begin so")
    parser.add_argument("--transcripts", type=Path, help="write what was said here")
    arguments = parser.parse_args()
    talks = [t for t in read_exam(arguments.exam) if t.part == arguments.part]
    talks = [t for t in talks if t.id.startswith(arguments.only)]
    played = play_all(Shop(arguments.shop), talks)
    if arguments.transcripts:
        arguments.transcripts.write_text("\n".join(map(transcript, played)), encoding="utf-8")
    for line in lines(played, part=arguments.part):
        emit(**line)


def play_all(shop: Shop, talks: Sequence[Talk]) -> list[PlayedTalk]:
    """Import the orders of these conversations, and play each."""
    catalogue = Catalog(shop.catalog)
    try:
        stock = Stock(catalogue.products())
    finally:
        catalogue.close()
    with tempfile.TemporaryDirectory(prefix="assist_written-") as folder:
        now = datetime.now(UTC)
        people = cast(talks, stock, Path(folder), run=now.isoformat(), now=now)
        flow.import_orders(shop, [Path(folder)], replace=False)
    keys = KeyStore(shop.keys_file)
    name = f"exam-{now:%H%M%S%f}"
    key = keys.create(name, (Scope.DESK,), at_us=now_us()).token
    orders = SqliteOrders(shop.orders_file)
    try:
        with TestClient(create_app(shop.root, ServeConfig(seed=1))) as client:
            _wait(client)
            return [
                play(t, people[t.id], client=client, key=key, stock=stock, orders=orders)
                for t in talks
            ]
    finally:
        orders.close()
        keys.revoke(name, at_us=now_us())


def _wait(client: TestClient) -> None:
    """Until the release and the parts of a turn are open."""
    until = time.monotonic() + _OPENING_S
    while time.monotonic() < until:
        begun = client.post("/v1/assist/conversations", json={"language": "en"})
        if begun.status_code == 201:
            address = f"/v1/assist/conversations/{begun.json()['conversation_id']}/messages"
            reply = client.post(address, json={"text": "How much is shipping?", "trace": True})
            if reply.status_code == 200 and "opening" not in str(reply.json()["trace"]):
                return
        time.sleep(0.5)
    raise TimeoutError("the shop does not answer; is it released?")


def lines(played: Sequence[PlayedTalk], *, part: str) -> list[dict[str, object]]:
    """One line a class, and one of all."""
    classes = dict.fromkeys(p.talk.talk_class for p in played)
    found = [_line(part, c, [p for p in played if p.talk.talk_class == c]) for c in classes]
    return [*found, _line(part, "all", played)]


def _line(part: str, name: str, played: Sequence[PlayedTalk]) -> dict[str, object]:
    turns = [turn for p in played for turn in p.turns]
    return {
        "part": part,
        "class": name,
        "n": len(played),
        "good": sum(p.is_good for p in played),
        "turns": len(turns),
        "good_turns": sum(not turn.faults for turn in turns),
        "failed": [] if name == "all" else [p.talk.id for p in played if not p.is_good],
    }


def transcript(played: PlayedTalk) -> str:
    """A conversation as it went, with its faults."""
    told = [f"== {played.talk.id} {'good' if played.is_good else 'BAD'}"]
    for turn in played.turns:
        told += [f"> {turn.said}", f"< {turn.reply}"]
        told += [f"  tiles: {' '.join(turn.tiles)}"] * bool(turn.tiles)
        told += [f"  !! {fault}" for fault in turn.faults]
    return "\n".join(told)


if __name__ == "__main__":
    main()
