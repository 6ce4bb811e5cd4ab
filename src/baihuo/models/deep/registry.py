"""Every network that can be fitted to a table: a new one is a file, and its name here.

The files are imported when they are first asked for: they need torch, and settings and scoring do not.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

DEEP_NETWORKS: tuple[str, ...] = ("logistic", "mlp", "deepfm", "dcn")
"""Modules of this folder whose ``NETWORK`` is a class of :class:`~baihuo.models.deep.contract.DeepNetwork`."""


def deep_network(name: str) -> Any:
    """The class of a network by its name. Needs ``baihuo[train]``."""
    if name not in DEEP_NETWORKS:
        raise ValueError(f"no network is named {name!r}; there are {', '.join(DEEP_NETWORKS)}")
    return import_module(f"baihuo.models.deep.{name}").NETWORK
