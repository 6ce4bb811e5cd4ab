"""Networks side by side: each as it is alone, their mean as the prediction, and the ONNX says the same."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from baihuo.models import DeepShape, TableScorer, build_deep_model, kinds_named

SHAPE = DeepShape(n_fields=2, n_numbers=1, embedding_size=3, layers=(4,), dropout=0.5)


def looked_up(tables: dict[str, int]) -> dict[str, torch.Tensor]:
    return {name: torch.randn(5, 2, width) for name, width in tables.items()}


def test_the_mean_of_what_each_network_says_by_its_own_vectors() -> None:
    torch.manual_seed(0)
    module, tables = build_deep_model("deepfm+logistic", SHAPE, each=2)
    assert tables == {
        "0.vectors": 3,
        "0.weights": 1,
        "1.weights": 1,
        "2.vectors": 3,
        "2.weights": 1,
        "3.weights": 1,
    }
    rows, numbers = looked_up(tables), torch.randn(5, 1)
    assert module.train()(rows, numbers).shape == (5, 4)
    networks = module.eval().networks
    alone = [
        networks[0]({"vectors": rows["0.vectors"], "weights": rows["0.weights"]}, numbers),
        networks[1]({"weights": rows["1.weights"]}, numbers),
        networks[2]({"vectors": rows["2.vectors"], "weights": rows["2.weights"]}, numbers),
        networks[3]({"weights": rows["3.weights"]}, numbers),
    ]
    torch.testing.assert_close(module(rows, numbers), sum(alone) / 4)
    first, third = (networks[i].layers.dense[0].weight for i in (0, 2))
    assert not torch.equal(first, third)


def test_one_network_alone_has_the_names_that_it_always_had() -> None:
    module, tables = build_deep_model("deepfm", SHAPE, dtype=torch.bfloat16)
    assert tables == {"vectors": 3, "weights": 1}
    assert module.dtype == torch.bfloat16
    many, _ = build_deep_model("deepfm+dcn", SHAPE, dtype=torch.bfloat16)
    assert {n.dtype for n in many.networks} == {torch.bfloat16}


def test_the_onnx_of_several_networks_says_what_they_say() -> None:
    torch.manual_seed(0)
    module, widths = build_deep_model("deepfm+dcn+mlp", SHAPE, each=2)
    module.eval()
    tables = {name: torch.randn(8, width) for name, width in widths.items()}
    offsets = np.array([0, 5], dtype=np.int32)
    served = TableScorer(module, tables, torch.from_numpy(offsets), loss="binary")
    session = onnxruntime.InferenceSession(served.to_onnx())
    rng = np.random.default_rng(0)
    categories = rng.integers(0, (5, 3), (20, 2)).astype(np.int32)
    numbers = rng.normal(size=(20, 1)).astype(np.float32)
    places = torch.from_numpy(categories + offsets).long()
    with torch.inference_mode():
        odds = module({n: t[places] for n, t in tables.items()}, torch.from_numpy(numbers))
    (found,) = session.run(["y"], {"categories": categories, "numbers": numbers})
    np.testing.assert_allclose(found, torch.sigmoid(odds).numpy(), atol=1e-5)


@pytest.mark.parametrize("name", ["perceptron", "deepfm+", "deepfm+dnc"])
def test_a_name_that_no_network_has_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="there are logistic, mlp, deepfm, dcn"):
        kinds_named(name)
