"""Whether a model number finds its product first, however it is typed; JSON lines.

    python bench/model_numbers.py --data ../shared/data/icecat [--models 150] [--seed 7]

Models of letters and digits are drawn from the catalogue and typed as they are, joined, apart wherever letters meet digits, and cut at two
places by chance. ``first``: the share of which a product of that model stands first; ``as_words``: the same with the reading of model
numbers switched off (``as_typed=model``).
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from baihuo.core import Query, ShopPaths, Surface
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.index import Generation, Thresholds, answer_set, build
from suites.search.systems import read_products
from suites.shared.measure import emit

_BORDER = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--data", type=Path, required=True, help="folder of the product zips")
    ask.add_argument("--models", type=int, default=150)
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = ask.parse_args()
    dice = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="model_numbers-") as fresh:
        work = arguments.work or Path(fresh)
        products = read_products(arguments.data, work)
        encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=1)
        cache = VectorCache(work / "vectors.sqlite")
        folder = build(products, encoders=encoders, cache=cache, out=ShopPaths(work).index)
        cache.close()
        shop = Generation.open(folder, encoders)
        named = sorted({p.model for p in products if p.model and _is_number(p.model)})
        models = dice.sample(named, min(arguments.models, len(named)))
        own = {m: {p.product_id for p in products if p.model == m} for m in models}
        for name, typed in _ways(dice).items():
            texts = {model: typed(model) for model in models}
            emit(
                typed=name,
                n=len(models),
                first=sum(_first(shop, t) in own[m] for m, t in texts.items()) / len(models),
                as_words=sum(
                    _first(shop, t, as_typed=("model",)) in own[m] for m, t in texts.items()
                )
                / len(models),
            )


def _is_number(model: str) -> bool:
    joined = re.sub(r"[^A-Za-z0-9]", "", model)
    return (
        " " not in model.strip()
        and 5 <= len(joined) <= 20
        and bool(_BORDER.search(joined))
        and model.isascii()
    )


def _ways(dice: random.Random) -> dict[str, Callable[[str], str]]:
    def joined(model: str) -> str:
        return re.sub(r"[^A-Za-z0-9]", "", model)

    def cut(model: str) -> str:
        text = joined(model)
        first, second = sorted(dice.sample(range(1, len(text)), 2))
        return f"{text[:first]} {text[first:second]} {text[second:]}"

    return {
        "as it is": str,
        "joined": joined,
        "apart": lambda model: _BORDER.sub(" ", joined(model)),
        "cut by chance": cut,
    }


def _first(shop: Generation, text: str, as_typed: tuple[str, ...] = ()) -> str:
    query = Query(
        query_id="bench",
        surface=Surface.SEARCH,
        visitor_id="bench",
        at_us=0,
        query_text=text,
        as_typed=as_typed,
    )
    rows = answer_set(shop, query, Thresholds()).rows
    return str(shop.product_ids[rows[0]]) if len(rows) else ""


if __name__ == "__main__":
    main()
