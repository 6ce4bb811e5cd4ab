"""The catalogues of the exam, each as a shop that a server answers for: no history, nothing shown by chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.connect import data_files, import_files, segments
from baihuo.core import Product
from baihuo.core.progress import Progress
from baihuo.core.tables import table_to_products
from baihuo.engine import DuckTables
from baihuo.settings import ExplorationSettings, Settings, Shop
from suites.search_zh.titles import read_titles
from suites.serve.shop import build_shop_of

_READ = "imported"


def products_of(data: Path, language: str, work: Path) -> list[Product]:
    """The products of a folder of Icecat zips (``en``), or of a file of Chinese titles (``zh``)."""
    if language == "zh":
        return [
            Product(product_id=t.product_id, title_zh=t.title, attributes=dict(t.attributes))
            for t in read_titles(data)
        ]
    raw = work / _READ
    if not raw.exists():
        files = data_files([data]) if data.is_dir() else [data]
        import_files(files, raw=raw, tables=DuckTables(), mask=lambda text: text)
    return [p for f in segments(raw, "products") for p in table_to_products(pq.read_table(f))]


def shop_of(products: Sequence[Product], folder: Path, progress: Progress) -> Path:
    """A live shop of the products; the one that a run before left there is taken as it is."""
    shop = Shop(folder)
    if not shop.settings_file.exists():
        build_shop_of(products, folder, progress=progress)
        still = ExplorationSettings(swap_probability=0.0, slot_probability=0.0)
        settings = Settings(name="exam")
        serve = settings.serve.model_copy(update={"exploration": still})
        shop.write_settings(settings.model_copy(update={"serve": serve}))
    return folder
