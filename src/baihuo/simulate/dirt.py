"""Dirt with a label a line: what is wrong, which check should say so, what should come of it.

Two sorts. *Changed*: a true event with something broken in it. *Added*: a line that never happened, or
happened once already. Changed lines leave the share of true events slightly lower; nothing else refers to them.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import orjson
import pyarrow as pa
import yaml

from baihuo.core import fold
from baihuo.dirt import FlatRow
from baihuo.simulate.listings import CURRENCY, DAY_US
from baihuo.simulate.shelf import Shelf

Record = dict[str, Any]
Payload = Record | bytes
Corrupted = list[tuple[Payload, Record | None]]

DIRT = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),  # 1-based
        pa.field("check", pa.string(), nullable=False),  # one of CHECKS
        pa.field("kind", pa.string(), nullable=False),
        pa.field(
            "action", pa.string(), nullable=False
        ),  # quarantine, merge, note, repair (the field; the rest of the row is good)
        pa.field("is_added", pa.bool_(), nullable=False),
        pa.field("key", pa.string()),  # the event's or product's id as written
        pa.field("of_line", pa.int64()),  # the line it repeats
        pa.field("expected", pa.string()),  # what a repair should restore
    ]
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be dirty."""

    name: str
    check: str
    action: str
    weight: float
    on: frozenset[str]  # the types of event it can fall on
    make: Callable[[Corruptor, Record], Corrupted]


@dataclass(slots=True, eq=False)
class Corruptor:
    """Decides which events get dirty so that ``share`` of all lines is."""

    shelf: Shelf
    share: float
    rng: random.Random
    _wanted: deque[Kind] = field(default_factory=deque)
    _later: list[tuple[int, Record, Record]] = field(default_factory=list)
    _stuck: dict[str, tuple[int, int]] = field(default_factory=dict)  # visitor → clock, lines left
    _title_counts: Counter[str] = field(default_factory=Counter)
    _row_of: dict[str, int] = field(default_factory=dict)
    _hidden: list[int] = field(default_factory=list)
    began_us: int = 0  # when the first event of all reached us
    _last: tuple[str, int] = ("", 0)  # the last clean event written and its line

    def __post_init__(self) -> None:
        for row, listing in enumerate(self.shelf.listings):
            product = listing.product
            self._row_of[product.product_id] = row
            titles = {fold(t) for t in (product.title_en, product.title_zh) if t}
            self._title_counts.update(titles)
        self._hidden = [i for i, listed in enumerate(self.shelf.is_listed) if not listed]

    def written(self, event: Record, line: int) -> None:
        """The journal says on which line a clean event went."""
        self._last = (event["event_id"], line)
        if self._later and self._later[-1][2].get("key_of") == event["event_id"]:
            due, payload, label = self._later[-1]
            self._later[-1] = (due, payload, {**label, "of_line": line})

    def corrupt(self, event: Record, *, n_lines: int, n_dirty: int) -> Corrupted:
        """The lines to write now: the event (clean or changed) and what is added around it."""
        if self.share <= 0:
            return [(event, None)]
        self.began_us = self.began_us or event["received_at_us"]
        out: Corrupted = []
        while self._later and self._later[0][0] <= n_lines:
            _, payload, label = self._later.pop(0)
            label.pop("key_of", None)
            out.append((payload, label))
        if event["visitor_id"] in self._stuck:
            return [*out, self._stopped(event)]
        has_room = n_dirty + len(self._later) + sum(
            s[1] for s in self._stuck.values()
        ) < self.share * (n_lines + 1)
        if has_room and self.rng.random() < 0.5:
            kind = self._fitting(event["event_type"])
            if kind is not None:
                made = kind.make(self, event)
                return out + [(p, m and {**_label(kind), **m}) for p, m in made]
        return [*out, (event, None)]

    def _fitting(self, event_type: str) -> Kind | None:
        while len(self._wanted) < 8:
            self._wanted.extend(self.rng.choices(KINDS, [k.weight for k in KINDS], k=8))
        for kind in self._wanted:
            if event_type in kind.on:
                self._wanted.remove(kind)
                return kind
        return None

    def _stopped(self, event: Record) -> tuple[Payload, Record | None]:
        clock_us, left = self._stuck[event["visitor_id"]]
        if left <= 1:
            del self._stuck[event["visitor_id"]]
        else:
            self._stuck[event["visitor_id"]] = (clock_us, left - 1)
        return {**event, "occurred_at_us": clock_us}, {
            **_label(_BY_NAME["stuck_clock"]),
            "key": event["event_id"],
        }

    def hidden_product(self) -> Any:
        """A product that the logging policy never placed, so no visitor can have seen it."""
        return self.shelf.listings[self.rng.choice(self._hidden)].product

    def product_of(self, event: Record) -> Any:
        return self.shelf.listings[self._row_of[event["product_id"]]].product

    def new_id(self) -> str:
        return f"e{self.rng.getrandbits(56):014x}"


def _label(kind: Kind) -> Record:
    return {"check": kind.check, "kind": kind.name, "action": kind.action, "is_added": False}


def _changed(event: Record, expected: Any = None, **new: Any) -> Corrupted:
    label = {"key": event["event_id"]}
    if expected is not None:
        label["expected"] = str(expected)
    return [({**event, **new}, label)]


def _added(event: Record, extra: Record) -> Corrupted:
    return [(event, None), (extra, {"key": extra["event_id"], "is_added": True})]


def _cut(corruptor: Corruptor, event: Record) -> Corrupted:
    """A line that ends too early, between two letters: the file stays valid UTF-8."""
    text = orjson.dumps(event).decode()
    return [(text[: corruptor.rng.randint(len(text) // 3, len(text) - 2)].encode(), {"key": None})]


def _retry(corruptor: Corruptor, event: Record) -> Corrupted:
    return _repeat(corruptor, event, event["event_id"], corruptor.rng.randint(400_000, 30_000_000))


def _copy(corruptor: Corruptor, event: Record) -> Corrupted:
    return _repeat(corruptor, event, corruptor.new_id(), corruptor.rng.randint(0, 900_000))


def _repeat(corruptor: Corruptor, event: Record, event_id: str, later_us: int) -> Corrupted:
    """The same fact once more, a few lines further down."""
    kind = _BY_NAME["retry_same_id" if event_id == event["event_id"] else "copy_other_id"]
    extra = {**event, "event_id": event_id, "received_at_us": event["received_at_us"] + later_us}
    label = {**_label(kind), "key": event_id, "is_added": True, "key_of": event["event_id"]}
    due = (
        corruptor._later[-1][0] if corruptor._later else corruptor._last[1]
    ) + corruptor.rng.randint(1, 12)
    corruptor._later.append((due, extra, label))
    return [(event, None)]


def _stop_clock(corruptor: Corruptor, event: Record) -> Corrupted:
    clock_us = event["occurred_at_us"] - int(corruptor.rng.uniform(0.5, 20) * DAY_US)
    corruptor._stuck[event["visitor_id"]] = (clock_us, corruptor.rng.randint(60, 140))
    return [corruptor._stopped(event)]


def _by_code(corruptor: Corruptor, event: Record) -> Corrupted:
    product = corruptor.product_of(event)
    codes = [*product.codes, *(c for v in product.variants for c in v.codes)]
    return _changed(event, product.product_id, product_id=corruptor.rng.choice(codes))


def _by_title(corruptor: Corruptor, event: Record) -> Corrupted:
    """The shop sent a title for an id. Certain only where one product has that title."""
    product = corruptor.product_of(event)
    text = product.title_zh or product.title_en
    if corruptor._title_counts[fold(text)] > 1:
        return [
            (
                {**event, "product_id": text},
                {"key": event["event_id"], "kind": "title_of_several", "action": "quarantine"},
            )
        ]
    return _changed(event, product.product_id, product_id=text)


def _too_early(corruptor: Corruptor, event: Record) -> Corrupted:
    early_us = corruptor.rng.randint(300, 3000) * 1_000_000
    return _changed(
        event,
        occurred_at_us=event["occurred_at_us"] - early_us,
        received_at_us=event["received_at_us"] - early_us,
    )


def _never_seen(corruptor: Corruptor, event: Record) -> Corrupted:
    return _added(event, _order_line(corruptor, event, "purchase"))


def _never_bought(corruptor: Corruptor, event: Record) -> Corrupted:
    """In the log's first month it may have been bought before: such a line may only be noted."""
    cancel = _order_line(corruptor, event, "cancel")
    label = {"key": cancel["event_id"], "is_added": True}
    if event["received_at_us"] < corruptor.began_us + 30 * DAY_US:
        label["action"] = "note"
    return [(event, None), (cancel, label)]


def _order_line(corruptor: Corruptor, event: Record, event_type: str) -> Record:
    product = corruptor.hidden_product()
    kept = ("visitor_id", "session_id", "occurred_at_us", "received_at_us", "platform", "device")
    return {
        **{k: event[k] for k in kept},
        "event_id": corruptor.new_id(),
        "event_type": event_type,
        "product_id": product.product_id,
        "order_id": f"o{corruptor.rng.getrandbits(44):011x}",
        "price_minor": product.price_minor,
        "currency": CURRENCY,
        "quantity": 1,
    }


_FUNCTIONS: dict[str, Callable[[Corruptor, Record], Corrupted]] = {
    "cut": _cut,
    "stop_clock": _stop_clock,
    "retry": _retry,
    "copy": _copy,
    "code_for_id": _by_code,
    "title_for_id": _by_title,
    "too_early": _too_early,
    "never_seen": _never_seen,
    "never_bought": _never_bought,
}


def _kind(row: dict[str, Any]) -> Kind:
    def change(corruptor: Corruptor, event: Record) -> Corrupted:
        label = {"key": event["event_id"]}
        if "expected" in row:
            label["expected"] = str(event[row["expected"]])
        return [(FlatRow(event, corruptor.rng).changed(row["set"]), label)]

    types = row["types"]
    on = frozenset(types if isinstance(types, list) else ROWS["types"][types])
    make = _FUNCTIONS[row["by"]] if "by" in row else change
    return Kind(row["kind"], row["check"], row["action"], row["weight"], on, make)


ROWS: dict[str, Any] = yaml.safe_load(
    (resources.files("baihuo.simulate") / "dirt.yaml").read_text(encoding="utf-8")
)
KINDS: tuple[Kind, ...] = tuple(map(_kind, ROWS["events"]))
_BY_NAME = {kind.name: kind for kind in KINDS}
