"""What filters cost of what vectors find: nothing, at any selectivity, against exact cosines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.index._shop import WordBag, asked, opened

from baihuo.core import READING_KINDS, Filters, Product
from baihuo.encode import Encoders
from baihuo.index import Calibration, Thresholds, answer_set

_N, _N_GROUPS = 4_000, 8
_SHARES = (0.001, 0.01, 0.1, 1.0)
_COSINE = 0.29  # that of one word in common, give or take what chance adds


def products() -> list[Product]:
    """Each shares two of four words with others of its group, at many distances from a search for two of them."""
    made = []
    for i in range(_N):
        group = i % _N_GROUPS
        words = [f"g{group}w{(i // _N_GROUPS >> bit) % 5}" for bit in range(3)]
        shares = {f"Share {share}": "yes" for share in _SHARES if (i * 7_919) % _N < share * _N}
        made.append(
            Product(
                product_id=f"p{i}",
                title_en=" ".join((f"g{group}", *words)),
                attributes=dict(shares),
            )
        )
    return made


def test_filters_cost_no_recall_of_meaning(tmp_path: Path) -> None:
    encoder = WordBag("minilm", dim=384)
    encoders = Encoders({"minilm": encoder, "multilingual": WordBag("multilingual", dim=8)})
    made = products()
    generation = opened(made, tmp_path, encoders)
    thresholds = Thresholds(
        dense_probability=0.5,
        calibrations={"minilm": Calibration(slope=100, intercept=-100 * _COSINE)},
    )
    vectors = encoder.encode([f"{p.title_en}. " for p in made])
    for share in _SHARES:
        name, n_found, n_exact = f"Share {share}", 0, 0
        passes = np.array([name in p.attributes for p in made])
        assert passes.sum() == share * _N
        for group in range(_N_GROUPS):
            text = f"g{group} g{group}w1 g{group}w3"
            exact = passes & (vectors @ encoder.encode([text])[0] >= _COSINE)
            filters = Filters(attributes=((name, ("yes",)),))
            query = asked(text, filters=filters, as_typed=READING_KINDS)
            answer = answer_set(generation, query, thresholds)
            found = np.isin(
                np.arange(_N), [int(i[1:]) for i in generation.product_ids[answer.rows]]
            )
            assert not (found & ~passes).any()
            n_found += int(np.count_nonzero(found & exact))
            n_exact += int(np.count_nonzero(exact))
        assert n_exact > 0
        assert n_found >= 0.98 * n_exact, share
