"""How soon a search finds a product that was added or changed, and no longer one that was removed, over HTTP under load.

::

    python bench/freshness.py --data ../shared/data/icecat --products 100000 --work DIR [--rounds 40] [--rate 4]

One worker serves a grown Icecat (``suites/scale/catalogue.py``: vectors of made products are made; those of the products that are
written here are encoded, as always). Searches that were never asked before come ``--rate`` times a second, whether they are answered
or not. Beside them a product is added, changed and removed, again and again, and searched for until it is found, or gone.

The time is from the first byte of the write to the last byte of the first answer that shows it. A JSON line a kind of change and phase:

phase        serving: nothing else; rebuilding: another process builds a generation of the whole catalogue, which is then
             released while the changes go on, and served
p50_s, p99_s, max_s
load         searches of the load, and their p50 and p99 in ms
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from baihuo import bundle
from baihuo.core import ShopPaths
from suites.scale.changes import KINDS, Changes, Load
from suites.scale.shop import grown_shop
from suites.serve.worker import SERVE_WITH_SETTINGS, served
from suites.shared.measure import emit
from suites.shared.paths import given
from suites.shared.progress import show

_KEY = "the key of a benchmark"
_REBUILD = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from suites.scale.shop import rebuilt
print(rebuilt(Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5])))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=given, required=True, help="folder of the Icecat files")
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--work", type=Path, default=Path("bench/out/scale"))
    parser.add_argument(
        "--rounds", type=int, default=40, help="of an addition, a change, a removal"
    )
    parser.add_argument("--rate", type=float, default=4.0, help="searches a second beside them")
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    grown = grown_shop(
        arguments.data, arguments.work, arguments.products, seed=arguments.seed, progress=show
    )
    with tempfile.TemporaryDirectory(prefix="freshness-", dir=arguments.work) as folder:
        shop = Path(folder) / "shop"
        shutil.copytree(grown.root, shop)
        ShopPaths(shop).team_key_file.write_text(_KEY)
        with served(shop, SERVE_WITH_SETTINGS) as (port, _):
            asyncio.run(_measure(shop, grown.encoders, port, arguments))


async def _measure(shop: Path, encoders: Path, port: int, arguments: argparse.Namespace) -> None:
    load = Load(shop, port, arguments.rate, seed=arguments.seed)
    changes = Changes(port, _KEY)
    asking = asyncio.create_task(load.run())
    await changes.round()  # the first write loads what it needs
    load.waits_ms.clear()
    took = [await changes.round() for _ in range(arguments.rounds)]
    _report("serving", took, load, arguments)
    load.waits_ms.clear()
    building = _rebuild(shop, encoders, arguments)
    took = [await changes.round()]
    before = {folder.name for folder in ShopPaths(shop).index.iterdir()}
    while building.poll() is None:
        took.append(await changes.round())
    if building.returncode:
        raise SystemExit("the rebuild failed; its reason stands above")
    _release(shop, str(building.stdout.read()).strip() if building.stdout else "")
    until = time.monotonic() + 20 + len(took)  # opened beside the old one, then swapped
    while time.monotonic() < until and not await changes.serves(_live_index(shop)):
        took.append(await changes.round())
    took += [await changes.round() for _ in range(5)]
    _report("rebuilding", took, load, arguments)
    kept = {folder.name for folder in ShopPaths(shop).index.iterdir()}
    emit(
        phase="swapped",
        serves_new=await changes.serves(_live_index(shop)),
        old_generation_kept=before <= kept,
    )
    load.stop()
    await asking
    changes.close()


def _report(
    phase: str, took: list[dict[str, float]], load: Load, arguments: argparse.Namespace
) -> None:
    waits = np.array(load.waits_ms)
    for kind in KINDS:
        seconds = np.array([one[kind] for one in took])
        emit(
            phase=phase,
            change=kind,
            products=arguments.products,
            n=len(seconds),
            p50_s=float(np.quantile(seconds, 0.5)),
            p99_s=float(np.quantile(seconds, 0.99)),
            max_s=float(seconds.max()),
            over_1_s=int((seconds > 1).sum()),
            searches_of_the_load=len(waits),
            load_p50_ms=float(np.quantile(waits, 0.5)),
            load_p99_ms=float(np.quantile(waits, 0.99)),
            load_per_s=arguments.rate,
        )


def _rebuild(shop: Path, encoders: Path, arguments: argparse.Namespace) -> subprocess.Popen[str]:
    bench = str(Path(__file__).resolve().parent)
    return subprocess.Popen(
        [
            *(sys.executable, "-c", _REBUILD, bench, str(arguments.data), str(arguments.work)),
            *(str(shop), str(arguments.seed)),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def _live_index(shop: Path) -> str:
    live = bundle.read_live(ShopPaths(shop).bundles)
    return "" if live is None else live.now.index_id


def _release(shop: Path, index_id: str) -> None:
    live = bundle.read_live(ShopPaths(shop).bundles)
    if live is None:
        raise SystemExit(f"{shop} has no release")
    bundle.set_live(ShopPaths(shop).bundles, live.now.bundle_id, index_id)


if __name__ == "__main__":
    main()
