"""What is searched: sensible by default, and a space that cannot be searched is refused with the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from baihuo.core import BadInput, load_yaml
from baihuo.models import (
    DEEP_MODELS,
    IS_THERE,
    DeepSettings,
    DeepShape,
    History,
    deep_model,
    settings_read,
    single_deep_model,
)
from baihuo.train import TuneSettings
from baihuo.train.tuning.models import table_ranges
from baihuo.train.tuning.settings import Range


def space(ranges: dict[str, Any], **base: Any) -> set[str]:
    given = {name: Range.model_validate(values) for name, values in ranges.items()}
    return set(table_ranges(DeepSettings(**base), TuneSettings(space=given)))


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"low": 0.1, "high": 0.01}, "low 0.1 is not below high 0.01"),
        ({"low": 0.1, "high": 0.1}, "nothing to search"),
        ({"choices": [[64]]}, "fewer than two choices"),
        ({"choices": [[64], [64]]}, "fewer than two choices"),
        ({"low": 0.0, "high": 0.5, "log": True}, "low above 0"),
        ({"low": 0.1}, "give low and high"),
        ({"choices": [0.1, 0.2], "low": 0.1}, "choices and parts of a range"),
    ],
)
def test_a_range_that_leaves_nothing_to_search_is_refused(given: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Range.model_validate(given)


@pytest.mark.parametrize(
    ("name", "given", "what", "fix"),
    [
        (
            "learning_rates",
            {"low": 1, "high": 2},
            "no such setting",
            "did you mean 'learning_rate'",
        ),
        ("zzz", {"low": 1, "high": 2}, "no such setting", "dropout"),
        ("loss", {"choices": ["binary", "squared"]}, "cannot be searched", "--set NAME=VALUE"),
        ("layers", {"low": 1, "high": 3}, "needs choices", "choices"),
        ("dropout", {"low": 0.0, "high": 1.5}, "less than 1", "left out"),
        ("epochs", {"low": 1.5, "high": 3}, "integer", ""),
        ("together", {"choices": ["mean", "sum"]}, "'sum'", ""),
        ("cross_layers", {"low": 1, "high": 3}, "deepfm does not read it", "another model"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused_with_the_way_out(
    name: str, given: dict[str, Any], what: str, fix: str
) -> None:
    with pytest.raises(BadInput, match=r"tune\.space\.") as caught:
        space({name: given})
    assert what in caught.value.what
    assert caught.value.fix
    assert fix in caught.value.fix


def test_one_value_alone_in_the_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text("minutes: 5\nspace:\n  dropout: 0.1\n")
    with pytest.raises(BadInput, match=r"line 3.*one value stands under deep"):
        load_yaml(file, TuneSettings)


@pytest.mark.parametrize("model", DEEP_MODELS)
def test_the_default_space_searches_what_the_model_reads_and_holds_the_current_settings(
    model: str,
) -> None:
    base = DeepSettings(model=model)
    ranges = table_ranges(base, TuneSettings())
    names = set(ranges)
    assert {"learning_rate", "epochs", "batch_rows"} < names
    assert names - {"learning_rate", "epochs", "batch_rows", "l2"} == set(settings_read(model))
    for name, given in ranges.items():
        now = getattr(base, name)
        assert now in given.choices if given.choices else given.low <= now <= given.high


@pytest.mark.parametrize("model", DEEP_MODELS)
def test_what_a_network_is_declared_to_read_is_what_changes_it(model: str) -> None:
    changes: dict[str, Any] = {"embedding_size": 8, "layers": (7,), "n_crosses": 2, "dropout": 0.5}
    changes |= {"n_blocks": 2, "n_heads": 4}
    start = {"embedding_size": 4, "layers": (8, 8), "n_crosses": 3, "dropout": 0.0}
    history = History(first=2, length=3, target=0)

    def form(**changed: Any) -> tuple[bool, list[tuple[int, ...]], dict[str, int]]:
        torch.manual_seed(0)  # of some starts no unit lives, and dropout changes nothing
        given = {**start, **changed}
        shape = DeepShape(n_fields=2, n_numbers=1, histories=(history,), **given)
        module, tables = single_deep_model(model, shape).train(), deep_model(model).tables(shape)
        rows = {name: torch.ones(64, 5, width) for name, width in tables.items()}
        rows[IS_THERE] = torch.ones(64, 5)
        twice = [module(rows, torch.ones(64, 1)) for _ in range(2)]
        is_random = not torch.equal(*twice)  # dropout
        return is_random, [tuple(p.shape) for p in module.parameters()], tables

    changing = {name for name, value in changes.items() if form(**{name: value}) != form()}
    settings = {"n_crosses": "cross_layers"}
    settings |= {"n_blocks": "attention_blocks", "n_heads": "attention_heads"}
    names = {settings.get(name, name) for name in changing}
    assert names == set(settings_read(model))


def test_several_models_are_searched_with_the_settings_of_each() -> None:
    both = {"model": {"choices": ["mlp", "dcn"]}, "cross_layers": {"low": 1, "high": 4}}
    assert space(both) == {"model", "cross_layers"}
    assert "cross_layers" not in space({}, model="mlp")
