"""A shop's folder is its owner's alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.quality.chosen import few_checks

ROWS = [
    {"product_id": "p1", "title": "Lamp", "price_minor": 100, "currency": "EUR"},
    {"product_id": "p2", "title": "Kettle", "price_minor": 200, "currency": "EUR"},
]


def test_no_file_of_a_shop_can_be_read_by_others(tmp_path: Path) -> None:
    shop, file = tmp_path / "shop", tmp_path / "products.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    shop.mkdir(mode=0o755)  # as an earlier version made it
    few_checks(shop / "quality.yaml", "schema")
    (shop / "quality.yaml").chmod(0o600)
    commands = (["import", str(file)], ["check"], ["keys", "create", "erp", "--scope", "admin"])
    code = "import sys\nfrom baihuo.cli import main\n"
    for words in commands:  # one process: each would load as much again
        code += f"sys.argv = {['baihuo', *words, '--shop', str(shop)]}\n"
        code += "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code\n"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    paths = [Path(folder, name) for folder, d, f in os.walk(shop) for name in (*d, *f)]
    assert any(path.name == "keys.sqlite" for path in paths)
    assert any(path.suffix == ".parquet" for path in paths)
    open_ones = [path for path in (shop, *paths) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_ones == []
