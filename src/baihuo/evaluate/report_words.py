"""Sentences of a report for terminal and page: live order, worst slices, why examination is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORST = {
    "calibration": ("P(click) is furthest from what was clicked", "bias"),
    "loss": ("log-loss of P(click) is highest against {over}", "loss"),
    "order": ("nDCG@10 is lowest against {over}", "gain"),
}


def is_in_order(system: str, order: str) -> bool:
    """Whether a model is part of the order of a surface.

    >>> is_in_order("both", "learned:linear+both")
    True
    >>> is_in_order("popularity", "fused")
    False
    """
    return system in order.removeprefix("learned:").split("+")


def slice_name(line: Mapping[str, Any], *, with_surface: bool = True) -> str:
    """Return a name such as ``home, platform: web``.

    >>> slice_name({"dimension": "platform", "slice": "web", "surface": "home"})
    'home, platform: web'
    """
    name = "all" if line["dimension"] == "all" else f"{line['dimension']}: {line['slice']}"
    return f"{line['surface']}, {name}" if with_surface and "surface" in line else name


def worst_slices(slices: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each measure on its surely worst slice; ``slices`` is ``clicks.slices`` of a report."""
    sentences = []
    for measure, (words, field) in _WORST.items():
        if (line := slices.get("worst", {}).get(measure)) is not None:
            value = line[field]
            sentences.append(
                f"{words.format(over=line['over'])}: {slice_name(line)}, "
                f"{value['mid']:+.4f} [{value['low']:+.4f}, {value['high']:+.4f}]"
            )
    return sentences


def why_no_examination(positions: Mapping[str, Any]) -> str | None:
    """Return a sentence if too few positions were randomised; ``positions`` is ``clicks.positions`` of a report."""
    examined = positions.get("examination", {})
    if "why_not" not in examined:
        return None
    return f"Examination by position is not known: {examined['why_not']} (fix: {examined['fix']})"
