"""Slips in what shoppers type, and what they write about what they bought."""

from __future__ import annotations

import random

_PRAISE = {
    "en": (
        "Works as described.",
        "Lovely quality for the price.",
        "My family likes it.",
        "Arrived the next day, well packed.",
        "Second time I buy it.",
        "Better than I hoped.",
    ),
    "zh": (
        "和描述一致。",
        "性价比很高，推荐。",
        "家里人都喜欢。",
        "物流很快，包装完好。",
        "第二次购买了。",
        "比想象中好。",
    ),
}
_BLAME = {
    "en": (
        "Smaller than in the picture.",
        "Stopped working after a week.",
        "The colour is off.",
        "Too expensive for what it is.",
        "Delivery took ten days.",
    ),
    "zh": (
        "比图片小。",
        "用了一周就坏了。",
        "有色差，失望。",
        "价格偏高，不值。",
        "物流太慢，等了十天。",
    ),
}
# A public service line of a carrier, and a domain kept for examples: no person's own data.
_CONTACT = {
    "en": (" Call me on 1380013800{d} about a refund.", " Write to buyer{d}@example.com please."),
    "zh": ("请打1380013800{d}联系我退款。", "客服请回邮件buyer{d}@example.com。"),
}
_P_CONTACT, _P_TYPO, _P_CONTACT_IN_QUERY = 0.12, 0.035, 0.002


def typo(text: str, language: str, rng: random.Random) -> str:
    """The text as fingers type it: now and then two letters change places or a sign is missing."""
    if rng.random() < _P_CONTACT_IN_QUERY:
        return f"{text} 1380013800{rng.randint(0, 9)}"
    if rng.random() > _P_TYPO or len(text) < 4:
        return text
    i = rng.randint(1, len(text) - 2)
    if language == "zh":
        return text[:i] + text[i + 1 :]
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def review(rating: int, language: str, rng: random.Random) -> str:
    """Some words that fit the stars; a few people leave a number or an address."""
    pool = _PRAISE[language] if rating >= 4 else _BLAME[language]
    words = (" " if language == "en" else "").join(rng.sample(pool, rng.randint(1, 2)))
    if rating == 3:
        words = rng.choice(_PRAISE[language]) + rng.choice(_BLAME[language])
    if rng.random() < _P_CONTACT:
        words += rng.choice(_CONTACT[language]).format(d=rng.randint(0, 9))
    return words
