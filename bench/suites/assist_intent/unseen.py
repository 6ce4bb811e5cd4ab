"""Messages with a tenth of their letters wrong, and with values at their entities that training never saw."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from baihuo.assist.learning.typos import respanned
from baihuo.assist.learning.utterance_rows import Utterance

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_RATE = 0.1
PERSONS = "Ms. Okafor|Priya Natarajan|Mr. Van Dyke|Hugo Almeida|Mrs. Papadopoulos|Ingrid Solberg|Mr. Achterberg|Chloe Beaumont|Dr. Haddad|Tomasz Zielinski|Ms. Whitcombe|Renata Figueroa|Mr. Abara|Malcolm Prescott|Mrs. Sorensen|Keiko Yamamoto".split(
    "|"
)
CITIES = "Leiden|Aarhus|Poznan|Boise|Tacoma|Halifax|Maastricht|Cadiz|Trieste|Galway|Inverness|Savannah|Spokane|Odense|Linz|Coimbra|Tulsa|Wichita|Uppsala|Kazan".split(
    "|"
)
COUNTRIES = "Norway|Portugal|Brazil|Kenya|Chile|Denmark|Thailand|Morocco|Estonia|Vietnam|Croatia|Egypt|Iceland|Peru|Slovenia|India".split(
    "|"
)
PLANS = "Diamond|Business|Plus|Executive|Explorer|Unlimited|Value|Champion|Insider|Founder|Connect|Horizon|Signature Plus|Economy".split(
    "|"
)


def with_wrong_letters(text: str, seed: int) -> str:
    """Each letter is, with a probability of 0.1, replaced, dropped, doubled or swapped with the next."""
    draw = random.Random(seed)
    out, at = "", 0
    while at < len(text):
        letter = text[at]
        at += 1
        if not letter.isalpha() or draw.random() >= _RATE:
            out += letter
            continue
        way = draw.choice(("replace", "drop", "double", "swap"))
        if way == "replace":
            out += draw.choice(_LETTERS)
        elif way == "double":
            out += letter * 2
        elif way == "swap":
            out += text[at : at + 1] + letter
            at += 1
    return out


def with_new_values(utterance: Utterance, seed: int) -> Utterance:
    """A copy with other values, of the same kind and case, at the entities."""
    draw = random.Random(seed)
    new = []
    for mark in utterance.marked:
        old = utterance.text[mark.start : mark.end]
        value = _MAKERS.get(mark.kind, _same_form)(draw, old)
        new.append(value.lower() if old.islower() else value)
    text, marked = respanned(utterance.text, utterance.marked, new)
    return replace(utterance, text=text, marked=tuple(marked))


def _digits(draw: random.Random, n: int) -> str:
    return "".join(draw.choice("0123456789") for _ in range(n))


def _order(draw: random.Random, old: str) -> str:
    form = draw.random()
    if form < 0.7:
        return _digits(draw, draw.randrange(7, 16))
    return f"W{_digits(draw, 7)}" if form < 0.85 else f"{_digits(draw, 3)}-{_digits(draw, 7)}"


def _invoice(draw: random.Random, old: str) -> str:
    return "#" + _digits(draw, draw.randrange(4, 8))


def _amount(draw: random.Random, old: str) -> str:
    whole = draw.randrange(5, 5000)
    return f"{whole}.{_digits(draw, 2)}" if draw.random() < 0.25 else f"{whole}"


def _same_form(draw: random.Random, old: str) -> str:
    """For kinds that are not known here: digits and letters drawn again."""
    return "".join(
        draw.choice("0123456789")
        if c.isdigit()
        else draw.choice(_LETTERS.upper())
        if c.isupper()
        else draw.choice(_LETTERS)
        if c.islower()
        else c
        for c in old
    )


def _one_of(values: list[str]) -> Callable[[random.Random, str], str]:
    return lambda draw, old: draw.choice(values)


_MAKERS: dict[str, Callable[[random.Random, str], str]] = {
    "order_id": _order,
    "invoice_id": _invoice,
    "refund_amount": _amount,
    "person_name": _one_of(PERSONS),
    "delivery_city": _one_of(CITIES),
    "delivery_country": _one_of(COUNTRIES),
    "account_type": _one_of(PLANS),
}
