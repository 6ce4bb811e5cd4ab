"""Dirt: one product listed under several ids, as sellers do, and siblings that only look like it."""

from __future__ import annotations

from baihuo.simulate.planting import Plant

PLANTS: tuple[Plant, ...] = ()
