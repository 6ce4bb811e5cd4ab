"""A shop's folder is its owner's alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

ROWS = [
    {"product_id": "p1", "title": "Lamp", "price_minor": 100, "currency": "EUR"},
    {"product_id": "p2", "title": "Kettle", "price_minor": 200, "currency": "EUR"},
]


def test_no_file_of_a_shop_can_be_read_by_others(tmp_path: Path) -> None:
    shop, file = tmp_path / "shop", tmp_path / "products.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    shop.mkdir(mode=0o755)  # as an earlier version made it
    for words in (["import", str(file)], ["check"], ["keys", "create", "erp", "--scope", "admin"]):
        command = [sys.executable, "-m", "baihuo", *words, "--shop", str(shop)]
        subprocess.run(command, check=True, capture_output=True)
    paths = [Path(folder, name) for folder, d, f in os.walk(shop) for name in (*d, *f)]
    assert any(path.name == "keys.sqlite" for path in paths)
    assert any(path.suffix == ".parquet" for path in paths)
    open_ones = [path for path in (shop, *paths) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_ones == []
