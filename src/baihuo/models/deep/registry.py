"""Every network that can be fitted to a table: a new one is a file, and a line here. Files are imported on first use: they need torch, and
settings and scoring do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias

RowKind: TypeAlias = Literal["float32", "int8"]
"""How a table of vectors is kept where it serves."""
ROW_KINDS: tuple[RowKind, ...] = ("float32", "int8")


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What is known of a network without loading torch."""

    reads: tuple[str, ...] = ("embedding_size", "layers", "dropout")
    """Of the settings of its shape: what tuning searches."""
    needs_history: bool = False  # the others get the mean of its items


_DENSE = NetworkSpec().reads
NETWORKS: dict[str, NetworkSpec] = {
    "logistic": NetworkSpec(()),
    "mlp": NetworkSpec(),
    "deepfm": NetworkSpec(),
    "dcn": NetworkSpec((*_DENSE, "cross_layers")),
    "transformer": NetworkSpec(
        (*_DENSE, "attention_blocks", "attention_heads"), needs_history=True
    ),
}
"""A line a network: a module of this folder whose ``NETWORK`` is a class of :class:`~baihuo.models.deep.contract.DeepModel`."""

DEEP_MODELS: tuple[str, ...] = tuple(NETWORKS)
HISTORY_MODELS: tuple[str, ...] = tuple(n for n, spec in NETWORKS.items() if spec.needs_history)


DEEP_DEFAULT = "deepfm+dcn"
"""Default for an unknown table: the two err differently (docs/decisions/0031)."""


def kinds_named(name: str) -> tuple[str, ...]:
    """Return the networks of a name: one, or several joined by ``+``.

    >>> kinds_named("deepfm+dcn")
    ('deepfm', 'dcn')

    Raises:
        ValueError: one of them does not exist.
    """
    kinds = tuple(part.strip() for part in name.split("+"))
    if unknown := [k for k in kinds if k not in DEEP_MODELS]:
        raise ValueError(
            f"no model is named {unknown[0]!r}; there are {', '.join(DEEP_MODELS)}, and several joined by +"
        )
    return kinds


def settings_read(name: str) -> tuple[str, ...]:
    """Of the settings of a network's shape, those that a name reads."""
    return tuple(dict.fromkeys(s for kind in kinds_named(name) for s in NETWORKS[kind].reads))


def deep_model(name: str) -> Any:
    """The class of a network by its name. Needs ``baihuo[train]``."""
    if name not in DEEP_MODELS:
        raise ValueError(f"no model is named {name!r}; there are {', '.join(DEEP_MODELS)}")
    return import_module(f"baihuo.models.deep.{name}").NETWORK


def single_deep_model(name: str, shape: Any) -> Any:
    """Make a network, wrapped by a mean of histories if it does not read them."""
    from baihuo.models.deep.mean_history import MeanOfHistory
    from baihuo.models.deep.with_texts import WithTexts

    kind = deep_model(name)
    is_mean = shape.histories and not kind.reads_histories
    network = MeanOfHistory(kind, shape) if is_mean else kind(shape)
    return WithTexts(network, shape) if shape.texts else network
