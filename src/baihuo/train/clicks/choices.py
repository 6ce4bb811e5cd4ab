"""The choices of click training, by their names in ``shop.yaml``: apart, so that reading settings loads no engine."""

from __future__ import annotations

from typing import Literal, TypeAlias

CalibrationWay: TypeAlias = Literal["auto", "none", "temperature", "platt", "isotonic"]
"""How P(click) is calibrated, see :func:`baihuo.models.fit_calibrator`."""
PositionLearning: TypeAlias = Literal["input", "inverse"]
"""How click models learn position, see :mod:`baihuo.train.clicks.position_ways`."""
CalibrationSegment: TypeAlias = Literal["surface", "all"]
"""Whether each surface has a calibrator of its own."""
