import re
from pathlib import Path
from typing import Any

import pytest

from baihuo.core import BadInput
from baihuo.settings import ServeSettings, Settings, Shop


def test_a_shop_without_a_settings_file_has_the_defaults(tmp_path: Path) -> None:
    assert Shop(tmp_path).settings() == Settings()


def test_settings_survive_being_written(tmp_path: Path) -> None:
    told = Settings(name="百货", currency="CNY", serve=ServeSettings(port=8123))
    Shop(tmp_path).write_settings(told)
    assert Shop(tmp_path).settings() == told


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("serve: {prot: 80}", "serve.prot"),
        ("serve: {port: 99999}", "serve.port"),
        ("currency: euros", "currency"),
        ("name: [", "not YAML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "shop.yaml").write_text(text)
    with pytest.raises(BadInput, match=named) as caught:
        Shop(tmp_path).settings()
    assert "shop.yaml" in caught.value.what


def test_the_mask_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    key = Shop(tmp_path).mask_key()
    assert len(key) == 32
    assert Shop(tmp_path).mask_key() == key
    assert (tmp_path / "mask.key").stat().st_mode & 0o077 == 0


def test_how_click_models_are_calibrated_is_a_setting_that_reaches_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from baihuo.core import Unsupported
    from baihuo.flow import learning
    from baihuo.train import ClickTraining

    given: list[ClickTraining] = []

    class Trainer:
        def __init__(self, *, config: ClickTraining, **rest: object) -> None:
            given.append(config)

        def train(self, *args: object, **rest: object) -> None:
            raise Unsupported("no clicks", fix="none")

    monkeypatch.setattr(learning, "ClickTrainer", Trainer)
    (tmp_path / "shop.yaml").write_text(
        "train: {smaller_within: 0.003, calibration: temperature, calibrate_by: all, position: inverse, together: sum}\n"
    )
    nothing: Any = None
    learning.click_models(Shop(tmp_path), nothing, nothing, nothing, nothing)
    [config] = given
    assert (config.calibration, config.calibrate_by) == ("temperature", "all")
    assert config.position == "inverse"


@pytest.mark.parametrize(
    ("models", "what"),
    [
        ("{tress: {n_trees: 5}}", "no model of clicks is named tress: one of trees, network"),
        ("{trees: {n_tree: 5}}", "trees has no setting n_tree: did you mean 'n_trees'?"),
        ("{network: {layers: wide}}", "the model network, layers"),
        ("{tress: {n_trees: 5}}", "one of trees, network (got"),
        ("{both: {weight: 1}}", "both has no settings"),
        ("{trees: {n_trees: -3}}", "n_trees: Input should be greater than 0"),
        ("{trees: {row_share: 1.5}}", "row_share: Input should be less than or equal to 1"),
        ("{network: {layers: [0]}}", "layers.0: Input should be greater than 0"),
        ("{network: {dropout: 1}}", "dropout: Input should be less than 1"),
        ("{network: {model: din}}", "model: Value error, one of logistic, mlp, deepfm, dcn"),
    ],
)
def test_a_setting_that_a_click_model_does_not_have_is_refused_with_those_that_it_has(
    tmp_path: Path, models: str, what: str
) -> None:
    (tmp_path / "shop.yaml").write_text(f"train: {{models: {models}}}\n")
    with pytest.raises(BadInput, match=re.escape(what)):
        Shop(tmp_path).settings()


def test_settings_of_click_models_and_retired_ones_stand_in_the_shops_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(
        "train: {models: {network: {layers: [64, 32]}}, together: sum, smaller_within: 0.001}\n"
    )
    assert Shop(tmp_path).settings().train.models == {"network": {"layers": [64, 32]}}
    (tmp_path / "shop.yaml").write_text("train: {together: stacking}\n")
    with pytest.raises(BadInput, match="together is always sum now"):
        Shop(tmp_path).settings()
