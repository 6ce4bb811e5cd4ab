"""The next item is learned: on shoppers of a known habit, and whatever items are numbered."""

import numpy as np
import pytest

from baihuo.core import BadInput
from baihuo.models import (
    NextItemModel,
    NextItemSources,
    Sequences,
    Texts,
    next_item_candidates,
    next_item_features,
)
from baihuo.train import NextItemTraining, learn_next_item

N_KINDS, N_OF_KIND = 12, 6
N_ITEMS = N_KINDS * N_OF_KIND
BRANDS = ("acme", "bolt", "cord")


def shoppers(n: int, *, seed: int, number: np.ndarray) -> Sequences:
    """Each walks from a kind to the one after it, and stays with a brand: neither alone names the next item."""
    rng = np.random.default_rng(seed)
    sequences = []
    for _ in range(n):
        kind, brand, items = rng.integers(N_KINDS), rng.integers(len(BRANDS)), []
        for _ in range(rng.integers(2, 7)):
            if rng.random() < 0.15:
                items.append(int(rng.integers(N_ITEMS)))
            else:
                of_brand = brand + len(BRANDS) * rng.integers(N_OF_KIND // len(BRANDS))
                items.append(int(kind * N_OF_KIND + of_brand))
            kind = (kind + 1) % N_KINDS
        sequences.append(number[items])
    return Sequences.of(sequences, n_items=N_ITEMS)


def texts(number: np.ndarray) -> Texts:
    """Items of one kind have similar texts."""
    rng = np.random.default_rng(3)
    of_kind = np.repeat(rng.normal(size=(N_KINDS, 16)), N_OF_KIND, axis=0)
    vectors = of_kind + 0.3 * rng.normal(size=of_kind.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    titles = [f"kind{i // N_OF_KIND} model{i}" for i in range(N_ITEMS)]
    brands = [BRANDS[i % N_OF_KIND % len(BRANDS)] for i in range(N_ITEMS)]
    old = np.argsort(number)
    return Texts.of([titles[i] for i in old], [brands[i] for i in old], vectors[old])


def recall_at_3(model: NextItemModel, sequences: Sequences) -> float:
    histories, came, _ = sequences.steps()
    scores = model.scores(histories)
    own = scores[np.arange(len(came)), came]
    return float(((scores >= own[:, None]).sum(axis=1) <= 3).mean())


def recall_of_mix_at_3(sources: NextItemSources, sequences: Sequences) -> float:
    histories, came, _ = sequences.steps()
    mix = sources.say(histories)["mix"]
    own = mix[np.arange(len(came)), came]
    return float(((mix >= own[:, None]).sum(axis=1) <= 3).mean())


SAME = np.arange(N_ITEMS)
TRAINING = NextItemTraining(models={"purchase_ranker": {"n_trees": 60}})


def learned(number: np.ndarray) -> NextItemModel:
    return learn_next_item(
        shoppers(600, seed=1, number=number), texts(number), training=TRAINING, threads=1
    )


@pytest.fixture(scope="module")
def model() -> NextItemModel:
    return learned(SAME)


def test_the_learned_order_beats_the_plain_mix_on_other_shoppers(model: NextItemModel) -> None:
    others = shoppers(200, seed=2, number=SAME)
    assert recall_at_3(model, others) > 1.1 * recall_of_mix_at_3(model.sources, others)


def described(number: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    """Pair of history and item, as they are numbered in SAME, to its features."""
    sources = NextItemSources.fit(shoppers(300, seed=1, number=number), texts(number))
    histories, _, _ = shoppers(20, seed=4, number=number).steps()
    by_source = sources.say(histories)
    row, item = next_item_candidates(by_source)
    matrix = next_item_features(sources, histories, by_source, (row, item))
    old = np.argsort(number)
    return {(int(r), int(old[i])): f for r, i, f in zip(row, item, matrix, strict=True)}


def test_the_numbers_of_items_say_nothing() -> None:
    """Numbered otherwise, the same shoppers give the same candidates and features: neighbouring numbers are no help."""
    as_it_is = described(SAME)
    renamed = described(np.random.default_rng(5).permutation(N_ITEMS))
    assert renamed.keys() == as_it_is.keys()
    for pair, features in as_it_is.items():
        np.testing.assert_allclose(renamed[pair], features, rtol=2e-3, atol=2e-3, err_msg=str(pair))


def test_too_little_to_learn_from_is_an_error_that_says_so() -> None:
    with pytest.raises(BadInput, match="fewer than 50"):
        learn_next_item(Sequences.of([[0, 1]], n_items=N_ITEMS), texts(SAME), training=TRAINING)
