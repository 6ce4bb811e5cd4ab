"""What the second simulator sells and says: ``words.yaml``."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import yaml


@functools.cache
def words() -> dict[str, Any]:
    """What the simulator sells and says."""
    text = (resources.files(__package__) / "words.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
