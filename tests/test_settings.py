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


def test_how_click_models_are_made_smaller_and_calibrated_are_settings_that_reach_training(
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
