"""Mutators: how a cell's value becomes a wrong one. A row of data names them; nothing else is evaluated.

A *change* is what a row of data says of a cell's new value:

- a text is a template: ``{}`` is the value so far, ``{title_en}`` another cell of the row, ``{1..99}`` a random number,
  ``{a|b}`` one of these, ``{digits 8}`` a generator, ``{{`` a brace;
- a list is one of its changes at random; a number, true, false or null is itself;
- an object is a chain of mutators, each of which gets the value of the one before: ``{of: brand, case: upper}``.

A mutator that has nothing to change raises :class:`Unfit`: the row is not of the kind's sort.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import random
import re
import string
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

import numpy as np

from baihuo.dirt.pictures import draw as draw_picture
from baihuo.dirt.pictures import png
from baihuo.dirt.rows import GONE, read, write

Change = Any


class Place(Protocol):
    """Where a change happens: what its templates and tables may name. Mutators of rows in groups need a ``Scene``."""

    rng: random.Random

    def name(self, name: str) -> Any:
        """What a template's name stands for; None where there is nothing."""

    def change(self, name: str) -> Change:
        """A change by its name."""

    def table(self, name: Any, same: str = "") -> Any:
        """A list or table, itself or by its name."""


Mutator = Callable[[Any, Any, Any], Any]  # (a Place or Scene, value, parameter) → value
MUTATORS: dict[str, Mutator] = {}
# Mutators that make a value where there is none.
SOURCES = frozenset("of then else pick constant gone try sample sorted draw items header".split())
UNITS_US = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?) ?([^\W\d]+)")  # 1.7 l
WIDE = {n: n + 0xFEE0 for n in range(ord("!"), ord("~") + 1)}


@dataclass(slots=True)
class FlatRow:
    """The plainest :class:`Place`: a row's own cells, and the named changes of a file."""

    row: dict[str, Any]
    rng: random.Random
    values: dict[str, Change] = field(default_factory=dict)

    def name(self, name: str) -> Any:
        return make(self, self.values[name]) if name in self.values else self.row.get(name)

    def change(self, name: str) -> Change:
        return self.values[name]

    def table(self, name: Any, same: str = "") -> Any:
        return name

    def changed(self, changes: dict[str, Change]) -> dict[str, Any]:
        """The row with these cells changed."""
        new = {name: make(self, change, self.row.get(name)) for name, change in changes.items()}
        return {k: v for k, v in {**self.row, **new}.items() if v is not GONE}


class Unfit(Exception):
    """The value or row has nothing that the change could change."""


def mutator(function: Mutator) -> Mutator:
    MUTATORS[function.__name__.rstrip("_")] = function
    return function


def make(scene: Place, change: Change, value: Any = None) -> Any:
    """The new value of a change."""
    if isinstance(change, str):
        return fill(scene, change, value)
    if isinstance(change, list):
        return make(scene, scene.rng.choice(change), value)
    if isinstance(change, dict):
        for name, parameter in change.items():
            if value is None and name not in SOURCES:
                raise Unfit
            value = MUTATORS[name](scene, value, parameter)
    return value if isinstance(change, dict) else change


_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*?)(?::([^{}|:]+))?\}")


@functools.cache
def parsed(template: str) -> list[tuple[str, str | None, str]]:
    """Parts of a template: a text, and the name and format of the place behind it."""
    parts: list[tuple[str, str | None, str]] = []
    text, end = "", 0
    for found in _PLACE.finditer(template):
        text += template[end : found.start()]
        end = found.end()
        if found[1] is None:
            text += found[0][0]
        elif "|" in found[1]:
            parts.append((text, found[0][1:-1], ""))
            text = ""
        else:
            parts.append((text, found[1], found[2] or ""))
            text = ""
    return [*parts, (text + template[end:], None, "")] if text or end < len(template) else parts


def fill(scene: Place, template: str, value: Any) -> Any:
    """A template with its places filled; a template that is one place alone keeps the type of what fills it."""
    parts = parsed(template)
    if len(parts) == 1 and not parts[0][0] and parts[0][1] is not None and not parts[0][2]:
        return lookup(scene, parts[0][1], value)
    out = []
    for text, name, spec in parts:
        out.append(text)
        if name is not None:
            found = lookup(scene, name, value)
            number = (
                float(found) if spec and spec[-1] in "fgeE" and isinstance(found, str) else found
            )
            out.append(format(number, spec))
    return "".join(out)


def lookup(scene: Place, name: str, value: Any) -> Any:
    """What fills ``{name}``."""
    if not name:
        found = value
    elif "|" in name:
        return scene.rng.choice(name.split("|"))
    elif match := _RANGE.fullmatch(name):
        low, high = match.groups()
        if "." in low + high:
            return scene.rng.uniform(float(low), float(high))
        return scene.rng.randint(int(low), int(high))
    elif name.split()[0] in GENERATORS:
        head, *rest = name.split()
        return GENERATORS[head](scene, *rest)
    elif name in ("number", "unit"):  # of a measure: 1.7 l
        measure = _MEASURE.fullmatch(str(value))
        found = measure[1 if name == "number" else 2] if measure else None
    else:
        found = scene.name(name)
    if found is None:
        raise Unfit
    return found


def _letters(scene: Place, letters: str, n: str = "1") -> str:
    return "".join(scene.rng.choices(letters, k=int(n)))


def _digits(scene: Place, n: str) -> str:
    return f"{scene.rng.randint(1, 9)}{_letters(scene, string.digits, str(int(n) - 1))}"


GENERATORS: dict[str, Callable[..., Any]] = {
    "letters": _letters,
    "digits": _digits,
    "hex": lambda scene, n: _letters(scene, "0123456789abcdef", n),
    "base64": lambda scene, n: base64.b64encode(scene.rng.randbytes(int(n))).decode(),
    "character": lambda scene, low, high: chr(scene.rng.randint(int(low, 16), int(high, 16))),
}


def number_of(scene: Place, parameter: Change) -> float | int:
    found = make(scene, parameter)
    if isinstance(found, str):
        return float(found) if "." in found else int(found)
    return found


def micros(scene: Place, parameter: Change) -> int:
    """``"{3..40} d"`` in microseconds."""
    amount, _, unit = str(make(scene, parameter)).partition(" ")
    return int(float(amount) * UNITS_US[unit])


def on_number(value: Any, change: Callable[[float], float]) -> Any:
    """Change a number, or the first number in a text, which keeps its form: 12.50 has two decimals."""
    if isinstance(value, bool) or value is None:
        raise Unfit
    if isinstance(value, int | float):
        new = change(value)
        return int(new) if isinstance(value, int) and not isinstance(new, int) else new
    found = _NUMBER.search(str(value))
    if found is None:
        raise Unfit
    new = change(float(found[0]))
    is_money = found[0] == value and found[0][-3:-2] == "."
    written = f"{new:.2f}" if is_money else f"{new:.10g}"
    return value[: found.start()] + written + value[found.end() :]


@mutator
def of(scene: Place, value: Any, name: str) -> Any:
    """Another cell, or a value that the row of data named under ``let``."""
    return lookup(scene, name, value)


@mutator
def pick(scene: Place, value: Any, texts: list[Any]) -> Any:
    """One of these as they stand: no templates."""
    return scene.rng.choice(texts)


@mutator
def constant(scene: Place, value: Any, new: Any) -> Any:
    return new


@mutator
def gone(scene: Place, value: Any, parameter: Any) -> Any:
    """No key at all."""
    return GONE


@mutator
def then(scene: Place, value: Any, change: Change) -> Any:
    """One more change, for a mutator that comes twice in a chain, or one of several."""
    return make(scene, change, value)


@mutator
def apply(scene: Place, value: Any, name: str) -> Any:
    """The change that the file names so, of the value."""
    return make(scene, scene.change(name), value)


@mutator
def another(scene: Place, value: Any, values: list[Any] | str) -> Any:
    """One of a list (or of the keys of a named table) that is not the value."""
    others = [v for v in scene.table(values) if v != value]
    if not others:
        raise Unfit
    return make(scene, scene.rng.choice(others), value)


@mutator
def table(scene: Place, value: Any, entries: dict[Any, Change] | str) -> Any:
    """What a table has for the value, or for ``"*"``."""
    found: dict[Any, Change] = scene.table(entries)
    key = value if value in found else "*"
    if key not in found:
        raise Unfit
    return make(scene, found[key], value)


@mutator
def try_(scene: Place, value: Any, change: Change) -> Any:
    """The change, or the value as it is where the change does not fit."""
    try:
        return make(scene, change, value)
    except Unfit:
        return value


@mutator
def sample(scene: Place, value: Any, parameter: dict[str, Any]) -> Any:
    """``n`` different ones ``from`` a list, joined; of listings with the ``same`` cell, none that stands in ``but``."""
    found = list(scene.table(parameter["from"], parameter.get("same", "")))
    if "but" in parameter:
        found = [v for v in found if str(v) not in str(scene.name(parameter["but"]))]
    if len(found) < parameter["n"]:
        raise Unfit
    return parameter.get("join", " ").join(map(str, scene.rng.sample(found, parameter["n"])))


@mutator
def sorted_(scene: Any, value: Any, column: str) -> Any:
    """The column of the group in order: what comes to the row's place."""
    return sorted(read(scene.snapshot[r.key], column) for r in scene.group)[scene.n]


@mutator
def draw(scene: Any, value: Any, form: str) -> bytes:
    """A picture: ``pixel``, of one pixel in a colour of the old one, or ``shared`` by all of the kind's rows."""
    if form == "pixel":
        return png(np.array([[[value[50], value[60], value[70]]]], dtype=np.uint8))
    return scene.dataset.known.setdefault("picture", draw_picture(scene.rng))


# numbers


@mutator
def add(scene: Place, value: Any, parameter: Change) -> Any:
    amount = number_of(scene, parameter)
    if isinstance(value, int) and isinstance(amount, float):
        return value + amount
    return on_number(value, lambda x: x + amount)


@mutator
def times(scene: Place, value: Any, parameter: Change) -> Any:
    factor = number_of(scene, parameter)
    return on_number(value, lambda x: x * factor)


@mutator
def divide(scene: Place, value: Any, parameter: Change) -> Any:
    """By a number; a whole number stays one."""
    by = number_of(scene, parameter)
    return value // by if isinstance(value, int) else on_number(value, lambda x: x / by)


@mutator
def at_least(scene: Place, value: Any, least: float) -> Any:
    return max(least, value)


@mutator
def else_(scene: Place, value: Any, change: Change) -> Any:
    """The value, or a change where there is none."""
    return make(scene, change) if value is None else value


@mutator
def modulo(scene: Place, value: Any, by: int) -> int:
    return int(value) % by


@mutator
def whole(scene: Place, value: Any, parameter: Any) -> int:
    return round(float(value))


@mutator
def integer(scene: Place, value: Any, parameter: Any) -> int:
    return int(value)


@mutator
def count_on(scene: Place, value: Any, parameter: Change) -> str:
    """The number at the end of a text, so many more, with as many digits."""
    found = re.search(r"(?<!\d)\d+$", str(value))
    if found is None:
        raise Unfit
    number = int(found[0]) + int(number_of(scene, parameter))
    return str(value)[: found.start()] + str(number).zfill(len(found[0]))


@mutator
def real(scene: Place, value: Any, parameter: Any) -> float:
    return float(value)


@mutator
def decimals(scene: Place, value: Any, n: int) -> Any:
    """The (first) number rounded to so many decimals."""
    if isinstance(value, str):
        return _NUMBER.sub(lambda m: f"{float(m[0]):.{n}f}", value, count=1)
    return round(value, n)


@mutator
def later(scene: Place, value: Any, parameter: Change) -> int:
    return int(value) + micros(scene, parameter)


@mutator
def floor(scene: Place, value: Any, parameter: Change) -> int:
    step = micros(scene, parameter) if isinstance(parameter, str) else parameter
    return int(value) // step * step


@mutator
def time(scene: Place, value: Any, form: str) -> str:
    """A time in words, by strftime; ``iso`` for ISO 8601."""
    at = datetime.fromtimestamp(value / 1e6, tz=UTC)
    return at.isoformat() if form == "iso" else at.strftime(form)


@mutator
def swap_day_and_month(scene: Place, value: Any, form: str) -> Any:
    """The fifth of March as the third of May: microseconds, or ``iso``."""
    at = datetime.fromtimestamp(value // 1_000_000, tz=UTC)
    if at.day > 12 or at.day == at.month:
        raise Unfit
    other = at.replace(month=at.day, day=at.month)
    return other.isoformat() if form == "iso" else value + int((other - at).total_seconds()) * 10**6


@mutator
def unit(scene: Place, value: Any, units: dict[str, str]) -> str:
    """The measure with another unit behind its number."""
    found = _MEASURE.fullmatch(str(value))
    if found is None or found[2] not in units:
        raise Unfit
    return f"{found[1]} {units[found[2]]}"


# texts


@mutator
def case(scene: Place, value: Any, form: str) -> Any:
    """``upper``, ``lower``, ``title`` or ``swapcase``, of a text or of each text of a list."""
    if isinstance(value, list):
        return [getattr(v, form)() for v in value]
    return getattr(str(value), form)()


@mutator
def replace(scene: Place, value: Any, pairs: dict[str, Change]) -> str:
    """Each key by its value, everywhere. A text without any of the keys does not fit."""
    new = str(value)
    for old, put in pairs.items():
        new = new.replace(str(fill(scene, old, value)), str(make(scene, put, value)))
    if new == str(value):
        raise Unfit
    return new


@mutator
def sub(scene: Place, value: Any, pairs: dict[str, Change]) -> str:
    """Matches of regular expressions by a change of each match."""
    return _sub(scene, value, pairs, 0)


@mutator
def sub_first(scene: Place, value: Any, pairs: dict[str, Change]) -> str:
    return _sub(scene, value, pairs, 1)


def _sub(scene: Place, value: Any, pairs: dict[str, Change], count: int) -> str:
    text = str(value)
    for pattern, put in pairs.items():
        text = re.sub(pattern, functools.partial(_of_match, scene, put), text, count=count)
    return text


@mutator
def one_match(scene: Place, value: Any, pairs: dict[str, Change]) -> str:
    """One match of a regular expression, which one by chance, by a change of it."""
    [(pattern, put)] = pairs.items()
    found = list(re.finditer(pattern, str(value)))
    if not found:
        raise Unfit
    chosen = scene.rng.choice(found)
    return (
        chosen.string[: chosen.start()]
        + str(make(scene, put, chosen[0]))
        + chosen.string[chosen.end() :]
    )


def _of_match(scene: Place, change: Change, found: re.Match[str]) -> str:
    return str(make(scene, change, found[0]))


@mutator
def letters(scene: Place, value: Any, pair: list[str]) -> str:
    """Each letter of the first text by that of the second at its place."""
    return str(value).translate(str.maketrans(pair[0], pair[1]))


@mutator
def synonyms(scene: Place, value: Any, words: dict[str, str] | str) -> str:
    """Each word of a table by its other word."""
    for old, new in scene.table(words).items():
        value = str(value).replace(old, new) if value else value
    return value


@mutator
def drop_text(scene: Place, value: Any, name: str) -> Any:
    """Without what another cell holds."""
    return " ".join(str(value).replace(str(scene.name(name)), "").split()) if value else value


@mutator
def repeat(scene: Place, value: Any, n: int) -> Any:
    return value * n


@mutator
def text(scene: Place, value: Any, parameter: Any) -> str:
    return str(value)


@mutator
def one_letter(scene: Place, value: Any, pair: list[str]) -> str:
    """One letter of the first text by that of the second at its place."""
    places = [n for n, c in enumerate(str(value)) if c in pair[0]]
    if not places:
        raise Unfit
    at = scene.rng.choice(places)
    return value[:at] + pair[1][pair[0].index(value[at])] + value[at + 1 :]


@mutator
def turn_digits(scene: Place, value: Any, bounds: list[int]) -> str:
    """Two neighbouring digits in the other order, such that a check digit shows it."""
    places = [n for n in range(*bounds) if abs(int(value[n]) - int(value[n + 1])) not in (0, 5)]
    if not places:
        raise Unfit
    at = scene.rng.choice(places)
    return value[:at] + value[at + 1] + value[at] + value[at + 2 :]


@mutator
def sheet(scene: Place, value: Any, language: str) -> str:
    """The measures of attributes as the last sentence of a description."""
    names = scene.table("measure_zh")
    held = {k: v.replace(" ", "") for k, v in value.items() if k in names and is_measure(v)}
    if not held:
        raise Unfit
    if language == "en":
        return " " + "; ".join(f"{k}: {v}" for k, v in held.items()) + "."
    return "；".join(f"{names[k]}：{v}" for k, v in held.items()) + "。"


def is_measure(value: Any) -> bool:
    """A number and a unit in one text: 1.7 l."""
    return _MEASURE.fullmatch(str(value)) is not None


@mutator
def cut_a_word_of(scene: Place, value: Any, names: list[str]) -> str:
    """Cut within the last long word of the second half that other cells have whole."""
    text, rest = str(value), " ".join(str(scene.name(n)) for n in names)
    found = [m for m in re.finditer(r"[A-Za-z]{5,}", text) if m.start() > len(text) / 2]
    if not found or found[-1][0] not in rest:
        raise Unfit
    return text[: found[-1].start() + scene.rng.randint(2, 3)]


@mutator
def header(scene: Any, value: Any, forms: list[str] | bool) -> dict[str, str]:
    """The names of the near row's columns as its cells, in a form of letters."""
    form = scene.rng.choice(forms) if isinstance(forms, list) else "lower"
    return {c: getattr(c, form)() for c in scene.before if c not in ("variants", "images")}


@mutator
def wide(scene: Place, value: Any, start: int) -> str:
    """Full-width letters from a place on."""
    return str(value)[:start] + str(value)[start:].translate(WIDE)


@mutator
def misread(scene: Place, value: Any, parameter: str | list[str]) -> str:
    """Written in one encoding (UTF-8) and read in another: ``browser`` is cp1252 with its undefined bytes as controls.

    With ``strict`` behind the encodings, a text of which something would be lost does not fit.
    """
    written, read_as, *errors = parameter if isinstance(parameter, list) else ("utf-8", parameter)
    raw = str(value).encode(written, "ignore")
    if read_as == "browser":
        return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in raw)
    try:
        return raw.decode(read_as, *(errors or ["replace"]))
    except UnicodeDecodeError as error:
        raise Unfit from error


@mutator
def insert(scene: Place, value: Any, parameter: Change) -> str:
    """Something between two letters."""
    text = str(value)
    at = scene.rng.randint(2, max(2, len(text) - 2))
    return text[:at] + str(make(scene, parameter)) + text[at:]


@mutator
def middle(scene: Place, value: Any, parameter: Change) -> str:
    """Something after the sentence, clause or word in the middle."""
    text = str(value)
    ends = [n + 1 for n, c in enumerate(text) if c in "。.，, "] or [len(text)]
    at = ends[len(ends) // 2]
    return text[:at] + str(make(scene, parameter)) + text[at:]


@mutator
def splice(scene: Place, value: Any, parameter: list[Any]) -> Any:
    """Something in place of what stands from one place to another."""
    start, end, new = parameter
    if isinstance(value, bytes):
        return value[:start] + b"\0" * int(new) + value[end:]
    return str(value)[:start] + str(make(scene, new, value)) + str(value)[end:]


@mutator
def keep(scene: Place, value: Any, parameter: Change) -> Any:
    """The first so many letters, all but the last so many, or a share."""
    n = number_of(scene, parameter)
    n = n if isinstance(n, int) else int(len(value) * n)
    if n >= len(value):
        raise Unfit
    return value[:n]


@mutator
def keep_bytes(scene: Place, value: Any, parameter: Change) -> str:
    return str(value).encode()[: int(number_of(scene, parameter))].decode("utf-8", "replace")


@mutator
def cut_in_a_word(scene: Place, value: Any, share: float) -> str:
    """The text up to a share of it, or a little less, within a word."""
    text, at = str(value), int(len(str(value)) * share)
    while not (text[at - 1].isalpha() and text[at].isalpha()):
        at -= 1
        if at < 1:
            raise Unfit
    return text[:at]


@mutator
def words(scene: Place, value: Any, parameter: dict[str, Any]) -> str:
    """``reverse`` words from a place on, ``rotate`` them, keep them ``from`` and ``to`` places, ``put`` one ``at`` a place (or the middle),
    and ``join`` them."""
    found = str(value).split()
    if (start := parameter.get("reverse")) is not None:
        found[int(start) :] = found[int(start) :][::-1]
    if n := parameter.get("rotate"):
        found = found[n:] + found[:n]
    found = found[parameter.get("from") : parameter.get("to")]
    if "put" in parameter:
        at = parameter["at"]
        at = len(found) // 2 if at == "middle" else scene.rng.randrange(2, max(3, len(found) - 1))
        end = at if parameter["at"] == "middle" else at + 1
        found[at:end] = [str(make(scene, parameter["put"]))]
    return str(parameter.get("join", " ")).join(found)


@mutator
def typo(scene: Place, value: Any, parameter: Any) -> str:
    """Two neighbouring letters within a word in the other order."""
    text = str(value)
    pairs = [m.start() for m in re.finditer(r"(?<=[A-Za-z])(?=[a-z][a-z][a-z])", text)]
    pairs = [at for at in pairs if text[at] != text[at + 1]]
    if not pairs:
        raise Unfit
    at = scene.rng.choice(pairs)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@mutator
def drop_letter(scene: Place, value: Any, start: int) -> str:
    """Without one letter from a place on; a digit is never dropped, for it may make another model."""
    text = str(value)
    places = [n for n, c in enumerate(text) if c.isalpha() and n >= start]
    if not places:
        raise Unfit
    at = scene.rng.choice(places)
    return text[:at] + text[at + 1 :]


@mutator
def interleave(scene: Place, value: Any, name: str) -> str:
    """Sentences in turn with those of another text."""
    pair = [str(t).rstrip(".").split(". ") for t in (value, lookup(scene, name, value))]
    return " ".join(f"{s}." for both in zip(*pair, strict=False) for s in both)


@mutator
def reverse(scene: Place, value: Any, parameter: Any) -> Any:
    return value[::-1]


@mutator
def encode(scene: Place, value: Any, form: str) -> Any:
    """A text as a program would write it; an encoding's name makes bytes."""
    return ENCODINGS[form](value) if form in ENCODINGS else str(value).encode(form)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    return "".join(f"={b:02X}" if b > 127 else chr(b) for b in text.encode())


ENCODINGS: dict[str, Callable[[Any], Any]] = {
    "html": html.escape,
    "unicode": lambda v: v.encode("ascii", "backslashreplace").decode(),
    "percent": lambda v: "".join(f"%{b:02X}" for b in v.encode()),
    "url": quote,
    "form": quote_plus,
    "quoted-printable": _quoted,
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "sha256": lambda v: hashlib.sha256(v.encode()).hexdigest(),
    "json": _as_json,
    "ascii json": json.dumps,
    "python": repr,
    "python bytes": lambda v: repr(v.encode()),
    "python row": lambda v: repr(json.loads(v)),
    "zlib": lambda v: zlib.compress(v.encode()).replace(b"\n", b"\x0b").replace(b"\r", b"\x0b"),
    "csv": lambda v: ",".join(str(x) for x in json.loads(v).values()),
    "camel keys": lambda v: _as_json(
        {re.sub("_(.)", lambda m: m[1].upper(), k): x for k, x in json.loads(v).items()}
    ),
    "blank keys": lambda v: _as_json({f" {k} ": x for k, x in json.loads(v).items()}),
    "two rows": lambda v: (
        v
        + _as_json(
            json.loads(v) | {"event_id": "x" + json.loads(v)["event_id"], "event_type": "click"}
        )
    ),
    "ascii row": lambda v: json.dumps(json.loads(v)),
    "texts": lambda v: _as_json({k: str(x) for k, x in json.loads(v).items()}),
}


# lists and objects


@mutator
def wrap(scene: Place, value: Any, parameter: Any) -> list[Any]:
    return [value]


@mutator
def items(scene: Place, value: Any, changes: list[Change]) -> list[Any]:
    """A list of these changes."""
    return [make(scene, change, value) for change in changes]


@mutator
def join(scene: Place, value: Any, parameter: Change) -> str:
    return str(make(scene, parameter)).join(map(str, value))


@mutator
def rename(scene: Place, value: Any, names: dict[str, Change]) -> dict[str, Any]:
    """Other names for keys: all of those named, or with ``one: true`` in the table a random one."""
    names = dict(names)
    is_one = names.pop("one", False)
    least = names.pop("least", 1)
    fit = [k for k in value if k in names]
    if len(fit) < least:
        raise Unfit
    fit = [scene.rng.choice(fit)] if is_one else fit
    return {make(scene, names[k]) if k in fit else k: v for k, v in value.items()}


@mutator
def number_keys(scene: Place, value: Any, forms: list[list[Any]]) -> dict[str, Any]:
    """Keys that only count: [form, first number]."""
    form, first = scene.rng.choice(forms)
    return {f"{form}{first + n}": v for n, v in enumerate(value.values())}


@mutator
def flip(scene: Place, value: Any, parameter: Any) -> dict[str, Any]:
    """Values as names, and names as values."""
    return {str(v): k for k, v in value.items()}


@mutator
def with_(scene: Place, value: Any, changes: dict[str, Change]) -> Any:
    """Some cells of an object, or elements of a list, changed."""
    new = {"": value.copy()}
    for path, change in changes.items():
        held = {"value": new[""]}
        write(held, f"value.{path}", make(scene, change, read(value, path)))
        new[""] = held["value"]
    return new[""]


@mutator
def without(scene: Place, value: Any, keys: list[str]) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k not in keys}


@mutator
def each(scene: Place, value: Any, changes: dict[str, Change]) -> list[Any]:
    """The same cells changed in each object of a list; ``""`` is the object itself."""
    if not value:
        raise Unfit
    out = []
    for held in value:
        new = make(scene, changes[""], held) if "" in changes else dict(held)
        for path, change in changes.items():
            if path:
                write(new, path, make(scene, change, read(held, path)))
        out.append(new)
    return out


@mutator
def one(scene: Place, value: list[Any], changes: dict[str, Change]) -> list[Any]:
    """Cells of one object of a list, which one by chance."""
    at, new = scene.rng.randrange(len(value)), list(value)
    new[at] = with_(scene, new[at], changes)
    return new


@mutator
def append(scene: Place, value: list[Any], change: Change) -> list[Any]:
    return [*value, make(scene, change)]


# codes with a check digit


@mutator
def check_digit(scene: Place, value: str, rule: str) -> str:
    """The number with its check digit: ``luhn``, ``ean``, ``resident_id`` (GB 11643), ``hong_kong_id`` or ``iban``."""
    return CHECK_DIGITS[rule](value)


def _luhn(body: str) -> str:
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(reversed(body))]
    return body + str(-sum(sum(divmod(d, 10)) for d in doubled) % 10)


def _ean(body: str) -> str:
    return body + str(-sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(body)) % 10)


def _resident_id(body: str) -> str:
    return body + "10X98765432"[sum(int(d) * pow(2, 17 - n, 11) for n, d in enumerate(body)) % 11]


def _hong_kong_id(body: str) -> str:
    total = 9 * 36 + 8 * (ord(body[0]) - 55) + sum((7 - n) * int(d) for n, d in enumerate(body[1:]))
    return f"{body}({'0123456789A'[-total % 11]})"


def _iban(body: str) -> str:
    number = int("".join(str(int(c, 36)) for c in f"{body[2:]}{body[:2]}00"))
    return f"{body[:2]}{98 - number % 97:02d}{body[2:]}"


CHECK_DIGITS: dict[str, Callable[[str], str]] = {
    "luhn": _luhn,
    "ean": _ean,
    "resident_id": _resident_id,
    "hong_kong_id": _hong_kong_id,
    "iban": _iban,
}
