"""A disk that fills up in the middle: said in words, nothing half-written, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.connect.conftest import Shop

SCRIPT = """
import json, resource, signal, sys
from pathlib import Path
from baihuo.connect import import_files
from baihuo.core import ShopError
from baihuo.engine import DuckTables

path, raw, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))  # a file that may not grow: as on a full disk
try:
    import_files([path], raw=raw, tables=DuckTables(threads=1), mask=lambda column: column)
except ShopError as error:
    print(json.dumps([error.what, error.fix]))
"""


def rows(n: int, price: str) -> str:
    lines = [f"p{i},Lamp {i * 7919 % 104729:x} {i * 31337 % 99991:x},{price},EUR" for i in range(n)]
    return "product_id,title,price,currency\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("most", [0, 4, 2_000, 40_000])
@pytest.mark.parametrize("price", ["9.90", "cheap"])  # the segment grows, or what is withheld, too
@pytest.mark.parametrize("had", [False, True])
def test_an_import_onto_a_full_disk_leaves_the_shop_as_it_was(
    shop: Shop, most: int, price: str, had: bool
) -> None:
    if had:
        shop.take(shop.file("before.csv", rows(10, "1.00")))
    old = shop.snapshot() if had else {}
    path = shop.file("new.csv", rows(30_000, price))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), str(shop.raw), str(most)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    what, fix = json.loads(done.stdout)
    assert "is full" in what
    assert "free some space" in fix
    assert {n: b for n, b in shop.snapshot().items() if not Path(n).name.startswith(".")} == {
        n: b for n, b in old.items() if not Path(n).name.startswith(".")
    }
    assert shop.take(path).n_in == 30_000  # with room again it goes on as if nothing had been
