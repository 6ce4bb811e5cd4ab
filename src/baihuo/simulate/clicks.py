"""Two ways of looking at a page, each with known click probabilities.

``position``: each place is looked at with its own probability, whatever stands above it
(Richardson et al. 2007). ``cascade``: from the top down, going on after a skip more often than after a click
(Craswell et al. 2008; Guo et al. 2009). For both, P(click | placed) = P(examined) × attraction.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

DECAY = {"phone": 0.52, "tablet": 0.42, "desktop": 0.34}  # examination = position ** -decay
GOES_ON_AFTER_SKIP = 0.93
GOES_ON_AFTER_CLICK = 0.6


@dataclass(frozen=True, slots=True)
class Look:
    """What a shopper did with one page, and how likely that was beforehand.

    All lists have one entry a position, top first.
    """

    is_clicked: list[bool]
    examination: list[float]  # P(examined | placed)
    p_click: list[float]  # P(click | placed)


def look(model: str, device: str, attractions: list[float], rng: random.Random) -> Look:
    """One shopper looks at one page.

    Args:
        model: ``"position"`` or ``"cascade"``.
        device: ``"phone"``, ``"tablet"`` or ``"desktop"``: small screens are read less far down.
        attractions: P(click | examined) at each position.
        rng: Draws two numbers a position, whatever happens, so that streams stay aligned.
    """
    draws = [(rng.random(), rng.random()) for _ in attractions]
    if model == "position":
        examination = [k ** -DECAY[device] for k in range(1, len(attractions) + 1)]
        clicked = [
            e > seen and a > liked
            for e, a, (seen, liked) in zip(examination, attractions, draws, strict=True)
        ]
    else:
        examination, clicked = [], []
        reach, is_reading = 1.0, True
        for a, (goes_on, liked) in zip(attractions, draws, strict=True):
            examination.append(reach)
            is_click = is_reading and liked < a
            clicked.append(is_click)
            is_reading = is_reading and goes_on < (
                GOES_ON_AFTER_CLICK if is_click else GOES_ON_AFTER_SKIP
            )
            reach *= a * GOES_ON_AFTER_CLICK + (1 - a) * GOES_ON_AFTER_SKIP
    p_click = [e * a for e, a in zip(examination, attractions, strict=True)]
    return Look(clicked, examination, p_click)
