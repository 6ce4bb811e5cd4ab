"""A disk that fills up in the middle: said in words, nothing half-written, nothing lost."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.connect.conftest import Shop

from baihuo.connect import import_files
from baihuo.core import ShopError
from baihuo.engine import DuckTables


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


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
    path = shop.file("new.csv", rows(8_000, price))
    with full_disk(most), pytest.raises(ShopError, match="is full") as refused:
        import_files([path], raw=shop.raw, tables=DuckTables(threads=1), mask=lambda column: column)
    assert "free some space" in refused.value.fix
    assert {n: b for n, b in shop.snapshot().items() if not Path(n).name.startswith(".")} == {
        n: b for n, b in old.items() if not Path(n).name.startswith(".")
    }
    assert shop.take(path).n_in == 8_000  # with room again it goes on as if nothing had been
