"""Where a change happens: a row among the rows of its group, and the conditions that a row or group must meet."""

from __future__ import annotations

import functools
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from baihuo.dirt.dataset import Dataset
from baihuo.dirt.mutators import Unfit, make, micros
from baihuo.dirt.rows import DAY, EVENTS, HOUR, PRODUCTS, Key, Row, Values, read

CASES = 30  # of each kind, unless there are no more rows for it or a kind says otherwise
EMPTY: tuple[Any, ...] = (None, "", [], {})
MANY = 20  # listings of a real shop with an attribute in one unit, before anyone can tell what is usual
_TRIES = 200  # of drawing another row


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of dirt. ``checks`` empty: the documents name none, so any name is right."""

    name: str
    words: str  # what a user calls it
    table: str
    actions: frozenset[str]
    checks: frozenset[str]
    also: frozenset[str] = frozenset()  # checks that follow from it: right or wrong neither way
    # checks that speak of something else: as ``also``, and it is not found by them
    apart: frozenset[str] = frozenset()
    group: str = ""  # kinds of one group never share a copy of the shop
    cases: int = CASES
    hand: str = ""  # who thought of it: the name of its file
    subject: str = ""  # kinds of one subject are like each other
    row: dict[str, Any] = field(default_factory=dict)  # how it is planted
    values: dict[str, Any] = field(default_factory=dict)  # named changes of its file
    tables: dict[str, Any] = field(default_factory=dict)  # named lists and tables of its file


@dataclass(slots=True)
class Scene:
    """A row as it was before the change, and what its templates may name in addition to its own cells.

    ``first``, ``last``, ``previous`` and ``next`` are rows of the group as it was; ``listing`` is the product of an
    event, ``other`` a row that the kind draws; ``n`` and ``g`` are the places of the row and of the group.
    """

    dataset: Dataset
    kind: Kind
    row: Row
    group: list[Row]
    snapshot: dict[Key, Values]
    rng: random.Random
    n: int = 0
    g: int = 0
    i: int = 0  # of copies
    lets: dict[str, Any] = field(default_factory=dict)  # drawn once for all rows of a group
    drawn: Row | None = None

    @property
    def before(self) -> Values:
        return self.snapshot[self.row.key]

    def name(self, name: str) -> Any:
        """What a template's name stands for; None where there is nothing."""
        lets = self.kind.row.get("let", {})
        if name in lets:
            if name not in self.lets:
                self.lets[name] = make(self, lets[name])
            return self.lets[name]
        if name in self.kind.values:
            return make(self, self.kind.values[name])
        if name[0] in "ngi" and name[1:] in ("", "1", "2"):
            return getattr(self, name[0]) + int(name[1:] or 0)
        head, _, rest = name.partition(".")
        if head in SURROUNDINGS and (rest or name in WHOLE):
            held = SURROUNDINGS[head](self)
            return read(held, rest) if rest else held
        if head == "page":
            return PAGE[rest.partition(".")[0]](self, rest.partition(".")[2])
        where = path_of(self, name)
        return None if where is None else read(self.before, where)

    def change(self, name: str) -> Any:
        return self.kind.values[name]

    def neighbour(self, which: str) -> Values:
        keys = [r.key for r in self.group]
        at = keys.index(self.row.key)
        n = {"first": 0, "last": -1, "previous": at - 1, "next": (at + 1) % len(keys)}[which]
        return self.snapshot[keys[n]]

    def other(self) -> Row:
        """A row without dirt that the kind draws at random, the same for all of a row's changes."""
        if self.drawn is None:
            self.drawn = draw(self, self.kind.row.get("other", {}))
        return self.drawn

    def table(self, name: Any, same: str = "") -> Any:
        """A list or table of the kind's file by its name, or the values of a column of all listings.

        ``same``: of those listings alone that have the same value there as the row.
        """
        if not isinstance(name, str):
            return name
        if name in self.kind.tables:
            return self.kind.tables[name]
        if name.startswith("type."):
            return self.name(name) or {}

        def find() -> dict[str, list[str]]:
            found: dict[str, set[str]] = {}
            for row in self.dataset.sound(PRODUCTS):
                value = read(row.values, name)
                if value not in EMPTY:
                    found.setdefault(str(read(row.values, same)) if same else "", set()).add(
                        str(value)
                    )
            return {key: sorted(values) for key, values in found.items()}

        columns = _known(self.dataset, f"{name} by {same}", find)
        return columns.get(str(self.name(same)) if same else "", [])


def draw(scene: Scene, spec: dict[str, Any]) -> Row:
    """Another row of a ``table`` (or the events of a type), that has and ``differ``s in cells, has the ``same`` in others,
    and meets ``where``.

    Raises:
        Unfit: A few hundred draws found none.
    """
    source, same, differ = spec.get("from", PRODUCTS), spec.get("same", []), spec.get("differ", [])
    known, key = scene.dataset.known, f"other {source}"
    if key not in known:
        found: dict[tuple[str, ...], list[Row]] = {}
        table = source if source in (PRODUCTS, EVENTS) else EVENTS
        for row in scene.dataset.sound(table, "" if table == source else source):
            found.setdefault(tuple(str(read(row.values, c)) for c in same), []).append(row)
        known[key] = found
    rows = known[key].get(tuple(str(scene.name(c)) for c in same), [])
    unseen = seen_by(scene.dataset).get(scene.name("visitor_id"), ()) if spec.get("unseen") else ()
    on_page = {r.values.get("product_id") for r in scene.group} if spec.get("off_page") else ()
    for _ in range(_TRIES if rows else 0):
        row = scene.rng.choice(rows)
        cells = row.values
        if (
            row.key != scene.row.key
            and scene.dataset.is_free(row)
            and all(
                (held := read(cells, c)) not in EMPTY and held != scene.name(c)
                for c in (*differ, *(["product_id"] if source == PRODUCTS else []))
            )
            and cells.get("product_id") not in unseen
            and cells.get("product_id") not in on_page
            and meets(scene, spec.get("where", {}), cells)
        ):
            return row
    raise Unfit


# what a template may name of a row's surroundings; each is looked up once a kind


def _known(dataset: Dataset, name: str, find: Callable[[], Any]) -> Any:
    if name not in dataset.known:
        dataset.known[name] = find()
    return dataset.known[name]


def listings(dataset: Dataset) -> dict[Any, Values]:
    """Listings without dirt by id."""
    return _known(
        dataset,
        "listings",
        lambda: {r.values.get("product_id"): r.values for r in dataset.sound(PRODUCTS)},
    )


def order_of(dataset: Dataset, values: Values) -> Values:
    """The purchase of an event's order and product."""

    def find() -> dict[Any, Values]:
        rows = (r.values for r in dataset.sound(EVENTS, "purchase"))
        return {(v.get("order_id"), v.get("product_id")): v for v in rows}

    return _known(dataset, "orders", find).get(
        (values.get("order_id"), values.get("product_id")), {}
    )


def seen_by(dataset: Dataset) -> dict[Any, set[Any]]:
    """The products of all events of each visitor."""

    def find() -> dict[Any, set[Any]]:
        found: dict[Any, set[Any]] = {}
        for row in dataset.shop.events:
            found.setdefault(row.values.get("visitor_id"), set()).add(row.values.get("product_id"))
        return found

    return _known(dataset, "seen", find)


def type_of(scene: Scene) -> Values:
    """What the simulator's vocabulary says of the listing's kind of thing; nothing of a listing of another shop."""
    title = str(scene.before.get("title_en") or "")
    return next((t for t in scene.kind.tables.get("types", []) if t["en"] in title), {})


def last_sale(scene: Scene) -> int | None:
    """When a product that was bought twice or more was bought last."""
    rows = rows_of(scene.dataset, "product_id").get(str(scene.before.get("product_id")), [])
    times = [r.values["occurred_at_us"] for r in rows if r.values.get("event_type") == "purchase"]
    is_sound = len(times) >= 2 and all(isinstance(t, int) for t in times)
    return max(times) if is_sound else None


def _first_of(event_type: str) -> Callable[[Scene], Values]:
    def find(scene: Scene) -> Values:
        rows = (r.key for r in scene.group if r.values.get("event_type") == event_type)
        key = next(rows, None)
        return scene.snapshot[key] if key else {}

    return find


SURROUNDINGS: dict[str, Callable[[Scene], Any]] = {
    "first": lambda s: s.neighbour("first"),
    "last": lambda s: s.neighbour("last"),
    "previous": lambda s: s.neighbour("previous"),
    "next": lambda s: s.neighbour("next"),
    "other": lambda s: s.other().values,
    "listing": lambda s: listings(s.dataset).get(s.before.get("product_id"), {}),
    "order": lambda s: order_of(s.dataset, s.before),
    "type": type_of,
    "search": _first_of("search"),
    "impression": _first_of("impression"),
    "latest": lambda s: max(v["received_at_us"] for v in s.snapshot.values()),
    "last_sale": last_sale,
    "column": lambda s: s.lets.get("column"),
}
WHOLE = ("latest", "last_sale", "column")


def _not_clicked(scene: Scene) -> list[Any]:
    """Products that the page shows and that were not opened."""
    rows = [r.values for r in scene.group]
    opened = {v.get("product_id") for v in rows if v["event_type"] == "click"}
    shown = [v["product_id"] for v in rows if v["event_type"] == "impression"]
    return [p for p in shown if p not in opened]


def _random(scene: Scene, values: list[Any]) -> Any:
    return scene.rng.choice(values) if values else None


def _earlier(scene: Scene, path: str) -> Any:
    """A cell of the first page of the visit, where the row's page is the second and shows what the first did not."""
    names = list(
        dict.fromkeys(r.values["query_id"] for r in scene.group if r.values.get("query_id"))
    )
    if len(names) < 2 or scene.before.get("query_id") != names[1]:
        return None
    first = [r.values for r in scene.group if r.values.get("query_id") == names[0]]
    if scene.before.get("product_id") in {v.get("product_id") for v in first}:
        return None
    return next((v[path] for v in first if v.get(path)), None)


PAGE: dict[str, Callable[[Scene, str], Any]] = {  # of the scene's page or visit
    "other": lambda s, _: _random(
        s,
        sorted(
            {r.values["product_id"] for r in s.group if r.values["event_type"] == "impression"}
            - {s.before.get("product_id")}
        ),
    ),
    "not_clicked": lambda s, _: _random(s, _not_clicked(s)),
    "above": lambda s, path: read(shown_at(s, (s.before.get("position") or 0) - 1), path),
    "below": lambda s, path: read(shown_at(s, (s.before.get("position") or 0) + 1), path),
    "earlier": _earlier,
}


# a cell that depends on the listing: its first measure, its colour


def measures(values: Values) -> dict[str, tuple[str, str]]:
    """Attributes that are a number and a unit in one text; none where another kind of dirt left no object."""
    held = values.get("attributes")
    pairs = held.items() if isinstance(held, dict) else ()
    found = {k: re.fullmatch(r"(\d+(?:\.\d+)?) ([A-Za-z]{1,8})", str(v)) for k, v in pairs}
    return {k: (m[1], m[2]) for k, m in found.items() if m}


def path_of(scene: Scene, path: str) -> str | None:
    """The cell that a path means at this row: a name of PATHS, ``a|b`` for one of several cells."""
    if "{" in path:
        return str(make(scene, path))
    if "|" in path:  # one of these that the row has
        if "column" not in scene.lets:
            fit = [c for c in path.split("|") if scene.before.get(c) not in EMPTY]
            scene.lets["column"] = scene.rng.choice(fit) if fit else None
        return scene.lets["column"]
    if path not in PATHS:
        return path
    name = PATHS[path](scene)
    return None if name is None else f"attributes.{name}"


def _last_measure(scene: Scene) -> str | None:
    found = list(measures(scene.before))
    return found[-1] if len(found) >= 2 else None


def _titled_measure(scene: Scene) -> str | None:
    title = str(scene.before.get("title_en"))
    usual = _known(
        scene.dataset,
        "usual units",
        lambda: Counter(
            (name, unit)
            for row in scene.dataset.shop.products
            for name, (_, unit) in measures(row.values).items()
        ),
    )
    least = MANY if scene.dataset.shop.is_real else 0
    found = measures(scene.before).items()
    return next((k for k, (n, u) in found if n in title and usual[k, u] >= least), None)


def _colour(scene: Scene) -> str | None:
    held = scene.before.get("attributes") or {}
    return next((n for n in ("Colour", "product colour") if isinstance(held.get(n), str)), None)


def _any_attribute(scene: Scene) -> str | None:
    """A random one of those whose value and name meet ``attribute`` of the kind, the same for all of a row's changes."""
    if "*" not in scene.lets:
        held = scene.before.get("attributes")
        where = scene.kind.row.get("attribute", {})
        fit = [
            k
            for k, v in (held.items() if isinstance(held, dict) else ())
            if v not in EMPTY and meets(scene, where, {"name": k, "value": v})
        ]
        scene.lets["*"] = scene.rng.choice(fit) if fit else None
    return scene.lets["*"]


PATHS: dict[str, Callable[[Scene], str | None]] = {
    "measure": lambda scene: next(iter(measures(scene.before)), None),
    "last_measure": _last_measure,
    "titled_measure": _titled_measure,
    "colour": _colour,
    "any_attribute": _any_attribute,
    "told_attribute": lambda scene: scene.kind.tables["told"].get(
        read(scene.before, "category.-1")
    ),
}


# conditions


def meets(scene: Scene, where: dict[str, Any], values: Values | None = None) -> bool:
    """Whether cells (of the scene's row, unless of other ``values``) are as ``where`` says.

    Of a path: a value, a list of values, true (not empty), false (empty) or an object of TESTS. ``is`` names CONDITIONS.
    """
    for path, wanted in where.items():
        if path == "is":
            if not all(CONDITIONS[name](scene) for name in wanted.split()):
                return False
            continue
        get = scene.name if values is None else functools.partial(_of_these, scene, values)
        held = get(path)
        if isinstance(wanted, bool):
            is_met = (held not in EMPTY) == wanted
        elif isinstance(wanted, dict):
            is_met = all(TESTS[name](scene, held, given, get) for name, given in wanted.items())
        else:
            is_met = held in wanted if isinstance(wanted, list) else held == wanted
        if not is_met:
            return False
    return True


def _of_these(scene: Scene, values: Values, path: str) -> Any:
    held = read(values, path)
    return scene.name(path) if held is None and path not in values else held


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")  # meets no bound


def _texts(scene: Scene, given: Any) -> list[str]:
    return [str(t) for t in (scene.table(given) if isinstance(given, list) else [given])]


def _is_within(scene: Scene, held: Any, given: Any, get: Get) -> bool:
    """The cell's text stands in another cell (in each of a list of them), blanks aside."""
    if held in EMPTY:
        return False
    text = "".join(str(held).split())
    return all(text in "".join(str(get(c)).split()) for c in _texts(scene, given))


def _has(scene: Scene, held: Any, given: Any, get: Get) -> bool:
    try:
        return any(str(make(scene, t)) in str(held or "") for t in _texts(scene, given))
    except Unfit:
        return False


def _is_unique(scene: Scene, held: Any, given: str, get: Get) -> bool:
    """No other listing has the value in a column."""
    if held in EMPTY:
        return False
    counted = _known(
        scene.dataset,
        f"listings by {given}",
        lambda: Counter(str(read(r.values, given)) for r in scene.dataset.shop.products),
    )
    return counted[str(held)] == 1


def _is_far(scene: Scene, held: Any, given: Any, get: Get) -> bool:
    """The ratio to a change of the row's is outside two bounds."""
    low, high, change = given
    ratio = _number(make(scene, change, held)) / (_number(held) or float("nan"))
    return ratio < low or ratio > high


Get = Callable[[str], Any]
TESTS: dict[str, Callable[[Scene, Any, Any, Get], bool]] = {
    "not": lambda s, held, given, get: held not in (given if isinstance(given, list) else [given]),
    "min": lambda s, held, given, get: _number(held) >= given,
    "max": lambda s, held, given, get: _number(held) <= given,
    "count": lambda s, held, given, get: len(held or ()) >= given,
    "words": lambda s, held, given, get: len(str(held or "").split()) >= given,
    "matches": lambda s, held, given, get: re.search(given, str(held)) is not None,
    "lacks": lambda s, held, given, get: re.search(given, str(held)) is None,
    "within": _is_within,
    "within_case": lambda s, held, given, get: (
        bool(held) and held.casefold() in str(get(given)).casefold()
    ),
    "has": _has,
    "has_key": lambda s, held, given, get: any(k in str(held) for k in s.table(given)),
    "in": lambda s, held, given, get: isinstance(held, str) and held in s.table(given),
    "keys": lambda s, held, given, get: isinstance(held, dict) and set(given) <= set(held),
    "unique": _is_unique,
    "differs": lambda s, held, given, get: held != s.name(given),
    "ascii": lambda s, held, given, get: str(held).isascii() == given,
    "far": _is_far,
    "longer": lambda s, held, given, get: len(str(held)) > 2 * len(str(get(given))),
    "from_hour": lambda s, held, given, get: held % DAY >= given * HOUR,
    "day": lambda s, held, given, get: (
        given[0] <= datetime.fromtimestamp(held / 1e6, tz=UTC).day <= given[1]
    ),
    "days_from": lambda s, held, given, get: abs(held - s.name(given[0])) > given[1] * DAY,
    "from_start": lambda s, held, given, get: (
        isinstance(held, int) and held >= s.dataset.start_us + micros(s, given)
    ),
    "to_start": lambda s, held, given, get: held < s.dataset.start_us + micros(s, given),
    "to_end": lambda s, held, given, get: (
        isinstance(held, int) and held < s.dataset.end_us - micros(s, given)
    ),
}


def _both_languages(scene: Scene) -> bool:
    columns = ("title_en", "title_zh", "description_en", "description_zh")
    return all(scene.before.get(c) for c in columns)


def shown_at(scene: Scene, place: Any) -> Values:
    """What the scene's page shows at a place."""
    rows = (r.values for r in scene.group if r.values.get("event_type") == "impression")
    return next((v for v in rows if v.get("position") == place), {})


def _shown(scene: Scene) -> bool:
    """The page shows the row's product at the row's place."""
    shown = shown_at(scene, scene.before.get("position"))
    return bool(shown) and shown.get("product_id") == scene.before.get("product_id")


def _alone(scene: Scene) -> bool:
    """No other row of the page is about the product."""
    name = scene.before.get("product_id")
    return [r.values.get("product_id") for r in scene.group].count(name) == 1


def _clicked_here(scene: Scene) -> bool:
    """Somebody clicked the product at this place of the page."""
    own = scene.before
    return any(
        r.values["event_type"] == "click"
        and r.values.get("product_id") == own.get("product_id")
        and r.values.get("position") == own.get("position")
        for r in scene.group
    )


def _views_are_logged(dataset: Dataset) -> bool:
    """Half of the purchases are of what the visitor looked at: a till's log has no views."""
    pairs: dict[bool, list[tuple[Any, Any]]] = {True: [], False: []}
    for row in dataset.shop.events:
        values = row.values
        if values.get("event_type") in ("impression", "click", "dwell", "purchase"):
            is_order = values["event_type"] == "purchase"
            pairs[is_order].append((values.get("visitor_id"), values.get("product_id")))
    viewed = set(pairs[False])
    return sum(p in viewed for p in pairs[True]) >= 0.5 * len(pairs[True])


def _ends_right(scene: Scene) -> bool:
    """The click on the product was as long before as the stay says, to five seconds."""
    own = scene.before
    at, product, stay = own["occurred_at_us"], own["product_id"], own.get("dwell_ms") or 0
    return any(
        r.values["event_type"] == "click"
        and r.values.get("product_id") == product
        and abs(at - r.values["occurred_at_us"] - stay * 1000) < 5_000_000
        for r in scene.group
    )


def asked(dataset: Dataset) -> dict[str, set[str]]:
    """Who was asked a price, by product."""

    def find() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in dataset.shop.events:
            if row.values.get("price") and row.values.get("visitor_id"):
                name = str(row.values.get("product_id"))
                found.setdefault(name, set()).add(str(row.values["visitor_id"]))
        return found

    return _known(dataset, "asked", find)


def _priced_rows(dataset: Dataset) -> Counter[str]:
    """How often each product was put in a cart or bought."""

    def find() -> Counter[str]:
        paid = (r.values for r in dataset.shop.events)
        return Counter(
            str(v.get("product_id"))
            for v in paid
            if v.get("event_type") in ("purchase", "add_to_cart")
        )

    return _known(dataset, "priced", find)


def pieces_sold(dataset: Dataset) -> Counter[str]:
    """Pieces of each product that were bought after the second day."""

    def find() -> Counter[str]:
        found: Counter[str] = Counter()
        for row in dataset.shop.events:
            values = row.values
            is_after = values["received_at_us"] > dataset.start_us + 2 * DAY
            if values.get("event_type") == "purchase" and is_after:
                found[str(values.get("product_id"))] += int(values["quantity"])
        return found

    return _known(dataset, "sold", find)


def rows_of(dataset: Dataset, column: str) -> dict[str, list[Row]]:
    """Events by a column, those with dirt as well."""

    def find() -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in dataset.shop.events:
            found.setdefault(str(row.values.get(column)), []).append(row)
        return found

    return _known(dataset, f"rows by {column}", find)


def _typed(scene: Scene) -> int:
    """How many searches have the page's text."""
    typed = _known(
        scene.dataset,
        "typed",
        lambda: Counter(r.values.get("query_text") for r in scene.dataset.sound(EVENTS, "search")),
    )
    return typed[scene.before.get("query_text")]


def _seen_by_nobody(scene: Scene) -> bool:
    return str(scene.before["product_id"]) not in rows_of(scene.dataset, "product_id")


def _few_free_events(scene: Scene) -> bool:
    about = rows_of(scene.dataset, "product_id").get(str(scene.before["product_id"]), [])
    return 2 <= len(about) <= 12 and not any(r.key in scene.dataset.taken for r in about)


def _bought(scene: Scene) -> bool:
    """What the cart holds was bought in the visit."""
    pairs = _known(
        scene.dataset,
        "bought",
        lambda: {
            (r.values.get("session_id"), r.values.get("product_id"))
            for r in scene.dataset.sound(EVENTS, "purchase")
        },
    )
    return (scene.before.get("session_id"), scene.before.get("product_id")) in pairs


def _times_bought(scene: Scene) -> int:
    """How often the visitor bought the product, or took it back."""
    pairs = _known(
        scene.dataset,
        "bought ever",
        lambda: Counter(
            (r.values.get("visitor_id"), r.values.get("product_id"))
            for r in scene.dataset.shop.events
            if r.values.get("event_type") in ("purchase", "cancel")
        ),
    )
    return pairs[scene.before.get("visitor_id"), scene.before.get("product_id")]


CONDITIONS: dict[str, Callable[[Scene], bool]] = {
    "both_languages": _both_languages,
    "shown": _shown,
    "shown_above": lambda s: bool(shown_at(s, (s.before.get("position") or 0) - 1)),
    "shown_below": lambda s: bool(shown_at(s, (s.before.get("position") or 0) + 1)),
    "alone_on_page": _alone,
    "not_clicked": lambda s: s.before.get("product_id") in _not_clicked(s),
    "clicked_here": _clicked_here,
    "on_second_page": lambda s: _earlier(s, "query_id") is not None,
    "views_are_logged": lambda s: _known(s.dataset, "viewed", lambda: _views_are_logged(s.dataset)),
    "stay_ends_right": _ends_right,
    "asked_by_others": lambda s: (
        bool(s.before.get("price")) and str(s.before["product_id"]) in asked(s.dataset)
    ),
    "asked_by_nobody": lambda s: str(s.before["product_id"]) not in asked(s.dataset),
    "priced_five_times": lambda s: _priced_rows(s.dataset)[str(s.before["product_id"])] >= 5,
    "sold_three": lambda s: pieces_sold(s.dataset)[str(s.before["product_id"])] >= 3,
    "sold_four": lambda s: pieces_sold(s.dataset)[str(s.before["product_id"])] >= 4,
    "seen_by_nobody": _seen_by_nobody,
    "few_free_events": _few_free_events,
    "typed_twice": lambda s: _typed(s) > 1,
    "typed_thrice": lambda s: _typed(s) > 2,
    "order_alone": lambda s: (
        len(rows_of(s.dataset, "order_id")[str(s.before.get("order_id"))]) == 1
    ),
    "bought_in_visit": _bought,
    "never_bought": lambda s: _times_bought(s) == 0,
    "bought_once": lambda s: _times_bought(s) == 1,
    "cart_in_visit": lambda s: cart_of(s) is not None,
}


def cart_of(scene: Scene) -> Row | None:
    """The cart's row of the visit with the same product."""
    carts = _known(
        scene.dataset,
        "carts",
        lambda: {
            (r.values.get("session_id"), r.values.get("product_id")): r
            for r in scene.dataset.sound(EVENTS, "add_to_cart")
        },
    )
    return carts.get((scene.before.get("session_id"), scene.before.get("product_id")))
