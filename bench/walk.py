"""How many files and functions of baihuo one request walks through, by ``sys.setprofile``.

    python bench/walk.py                # a sample shop, made as ``baihuo demo --quick`` makes it
    python bench/walk.py --shop shop    # a shop that is there already, with a release

Two searches, home pages and events are sent; the second of each is counted, from its first middleware to the last byte of its
answer. What follows files in the background is left out, and so is what only the first request imports or builds.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from fastapi.testclient import TestClient

import baihuo
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop
from suites.shared.measure import emit

_HOUSE = str(Path(baihuo.__file__).parent)


class Walk:
    """Counts functions of baihuo that are called while it counts, in all threads but those that follow files."""

    def __init__(self) -> None:
        self.is_counting = False
        self.functions: set[tuple[str, int]] = set()
        self.n_calls = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """As :func:`threading.setprofile` calls it."""
        code = frame.f_code
        if not self.is_counting or event != "call" or not code.co_filename.startswith(_HOUSE):
            return
        if not threading.current_thread().name.startswith("follow "):
            self.functions.add((code.co_filename, code.co_firstlineno))
            self.n_calls += 1


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--shop", type=Path)
    shop = ask.parse_args().shop
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        _walk(shop or _sample(Path(folder)))


def _sample(folder: Path) -> Path:
    from baihuo.cli.demo_run import run_demo

    run_demo(Shop(folder), "sample", None, lambda *_: None, is_quick=True)
    return folder


def _walk(shop: Path) -> None:
    walk = Walk()
    threading.setprofile(walk)
    with TestClient(create_app(shop, ServeConfig(seed=1, open_first_s=120))) as client:
        page = client.get("/v1/search?q=phone&visitor_id=v-walk").json()
        query_id, product_id = page["query_id"], page["results"][0]["product_id"]
        click = {"event_type": "click", "query_id": query_id, "product_id": product_id}
        click |= {"visitor_id": "v-walk", "occurred_at_us": time.time_ns() // 1_000}
        asked: list[tuple[str, str, list[dict[str, Any]]]] = [
            ("search", "/v1/search", [{"q": "watch"}, {"q": "headphones"}]),
            ("home", "/v1/recommend/home", [{}, {}]),
            ("event", "/v1/events", [{"events": [click | {"event_id": f"e{n}"}]} for n in (1, 2)]),
        ]
        for of, address, bodies in asked:
            for number, body in enumerate(bodies):
                walk.functions, walk.n_calls, walk.is_counting = set(), 0, number == 1
                visitor = {} if of == "event" else {"visitor_id": "v-walk"}
                client.post(address, json=body | visitor).raise_for_status()
                walk.is_counting = False
            files = {file for file, _ in walk.functions}
            emit(of=of, files=len(files), functions=len(walk.functions), calls=walk.n_calls)
    threading.setprofile(None)


if __name__ == "__main__":
    main()
