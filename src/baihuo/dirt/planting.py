"""How a row of data is planted: which rows of a shop fit it, what happens to them, and the cases that come of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from baihuo.dirt.dataset import Dataset
from baihuo.dirt.mutators import UNITS_US, Unfit, make, micros
from baihuo.dirt.prepare import PREPARED
from baihuo.dirt.rows import (
    ANY,
    DAY,
    EVENTS,
    HOUR,
    PRODUCTS,
    Key,
    Row,
    Values,
    read,
    write,
)
from baihuo.dirt.scene import EMPTY, Kind, Scene, meets, path_of, rows_of

MIN_VISITORS = 12  # who would have been there: of fewer, none at all may be chance
SOUND = 45  # listings that show how a kind's rows should be, where the shop has none such
AT, IN = "occurred_at_us", "received_at_us"


# which rows


class _LazyRandom:
    """``random.Random(0)``, made when it first draws: most trials of a row draw nothing, and seeding costs more than the look at the row."""

    def __getattr__(self, name: str) -> Any:
        rng = random.Random(0)
        self.__dict__ |= {one: getattr(rng, one) for one in dir(rng) if one[0] != "_"}
        return getattr(rng, name)


def trial_random() -> random.Random:
    """Return the dice of a trial: the same draws for each row."""
    return cast("random.Random", _LazyRandom())


@dataclass(slots=True)
class Group:
    """Rows that belong together, and those of them that get the dirt."""

    rows: list[Row]
    picked: list[Row]
    snapshot: dict[Key, Values]


def scene_of(
    dataset: Dataset, kind: Kind, group: Group, row: Row, rng: random.Random, n: int = 0, g: int = 0
) -> Scene:
    return Scene(dataset, kind, row, group.rows, group.snapshot, rng, n, g)


def fits(scene: Scene, changes: dict[str, Any]) -> bool:
    """Whether the row meets the kind's conditions, and its first change would change the cell."""
    row = scene.kind.row
    types = row.get("events") or row.get("pick") or row.get("each")
    if types and scene.before.get("event_type") not in _list(types):
        return False
    if "line" in row and scene.row is scene.dataset.shop.table(scene.kind.table)[0]:
        return False  # the first line says what sort of file it is
    try:
        if not meets(scene, row.get("where", {})):
            return False
        if row.get("prepare"):
            return True
        for path, change in list(changes.items())[:1]:
            where = path_of(scene, path)
            held = read(scene.before, where) if where else None
            new = row.get("new", False)
            if where is None or (new != "any" and (held in EMPTY) != new):
                return False
            if make(scene, change, held) == held:
                return False
    except Unfit:
        return False
    return True


def _list(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def groups_of(dataset: Dataset, kind: Kind) -> list[Group]:
    """The rows that the kind is planted in; reserved for it."""
    row = kind.row
    changes = row.get("furnish") or row.get("set", {})
    n = row.get("take", kind.cases)
    form = row.get("rows", "")

    def as_group(rows: list[Row], picked: list[Row]) -> Group:
        return Group(rows, picked, {r.key: dict(r.values) for r in rows})

    types = _list(row.get("events", []))

    def is_fit(one: Row) -> bool:
        if types and one.values.get("event_type") not in types:
            return False
        group = as_group([one], [one])
        if form == "pairs":  # the other row of a pair is still unknown
            changes_alone: dict[str, Any] = {}
            has_cells = all(read(one.values, c) not in EMPTY for c in row.get("set", {}))
            return has_cells and fits(
                scene_of(dataset, kind, group, one, trial_random()), changes_alone
            )
        return fits(scene_of(dataset, kind, group, one, trial_random()), changes)

    if form == "pairs":
        rows = dataset.take(kind.table, 2 * n, is_fit)
        pairs = zip(rows[::2], rows[1::2], strict=False)
        differ = row.get("differ")
        return [
            as_group([a, b], [a])
            for a, b in pairs
            if not differ or a.values[differ] != b.values[differ]
        ]
    if not form:
        if "furnish" in row:
            free = sum(dataset.is_free(r) and is_fit(r) for r in dataset.shop.table(kind.table))
            n = min(n + SOUND, max(n, free))
        return [as_group([r], [r]) for r in dataset.take(kind.table, n, is_fit)]
    found = []
    for rows in GROUPS[next(iter(form)) if isinstance(form, dict) else form](dataset, kind):
        if all(map(dataset.is_free, rows)) and _holds(dataset, kind, rows):
            group = as_group(rows, [])
            group.picked = picked_of(dataset, kind, group)
            if group.picked:
                found.append(group)
    by_first = {g.rows[0].key: g for g in found}
    if isinstance(form, dict):  # of each block, one row may stay right
        n = row.get("take", -(-kind.cases // (form["block"] - 1)) if "block" in form else 1)
    return [by_first[r[0].key] for r in dataset.choose([g.rows for g in found], n)]


def _holds(dataset: Dataset, kind: Kind, rows: list[Row]) -> bool:
    """Whether a group has as many rows, in all and of each event type, as the kind asks."""

    def is_in(n: int, bounds: int | list[int]) -> bool:
        low, high = bounds if isinstance(bounds, list) else (bounds, None)
        return n >= low and (high is None or n <= high) and not (bounds == 0 and n > 0)

    types = [r.values.get("event_type") for r in rows]
    holds = kind.row.get("holds", {})
    if not is_in(len(rows), kind.row.get("size", 1)) or not all(
        is_in(types.count(t), bounds) for t, bounds in holds.items()
    ):
        return False
    times: list[Any] = [r.values.get(AT) for r in rows]
    if "days" in kind.row and times[-1] - times[0] <= kind.row["days"] * DAY:
        return False
    # a till stamps an order once: one late time of a visitor may be a clock or a queue, which cannot be told apart
    is_clock = kind.row.get("rows") == "visitor" and AT in kind.row.get("set", {})
    return not (is_clock and dataset.shop.is_real and len(set(times)) < 3)


def picked_of(dataset: Dataset, kind: Kind, group: Group) -> list[Row]:
    """The rows of a group that get the dirt: the first ``pick`` that fits (or the ``nth``), or ``each`` that does."""
    row = kind.row
    is_one = "pick" in row
    changes = row.get("set", {}) if is_one else {}
    fit = []
    for n, one in enumerate(group.rows):
        scene = scene_of(dataset, kind, group, one, trial_random(), n)
        if fits(scene, changes):
            fit.append(one)
        if is_one and row.get("nth", 0) >= 0 and len(fit) > row.get("nth", 0):
            return fit[-1:]
    if is_one:
        return fit[-1:] if row.get("nth", 0) < 0 else []
    if row.get("half"):
        return fit[len(fit) // 2 :]
    if "where" in row and "each" not in row and row.get("nth", 0) == 0:
        return fit if len(fit) == len(group.rows) else []
    if isinstance(row.get("rows"), dict) and "block" in row["rows"]:
        return fit[row.get("nth", 0) :] if len(fit) == len(group.rows) else []
    return fit[row.get("nth", 0) :]


def _by(column: str) -> Callable[[Dataset, Kind], list[list[Row]]]:
    def group(dataset: Dataset, kind: Kind) -> list[list[Row]]:
        found: dict[str, list[Row]] = {}
        only = _list(kind.row.get("only", []))
        for row in dataset.shop.events:
            value = row.values.get(column)
            if value is not None and (not only or row.values.get("event_type") in only):
                found.setdefault(str(value), []).append(row)
        return list(found.values())

    return group


def _blocks(dataset: Dataset, kind: Kind) -> list[list[Row]]:
    """Runs of neighbours of a file without dirt, of which each fits."""
    size, rows, found, at = kind.row["rows"]["block"], dataset.shop.table(kind.table), [], 0
    changes = kind.row.get("set", {})
    while at + size <= len(rows):
        run = rows[at : at + size]
        snapshot = {r.key: r.values for r in run}
        scenes = [Scene(dataset, kind, r, run, snapshot, trial_random()) for r in run]
        if all(
            dataset.is_free(s.row)
            and all(read(s.before, c) not in EMPTY for c in changes)
            and fits(s, {})
            for s in scenes
        ):
            found.append(run)
            at += size
        else:
            at += 1
    return found


def _window(dataset: Dataset, kind: Kind) -> list[list[Row]]:
    """What was received within some days from a random one on, as far as it has no dirt."""
    window = kind.row["rows"]["window"]
    low, high = window.get("from_day", [6, 20])
    start = dataset.start_us + dataset.rng.randint(low, high) * DAY
    rows = [
        r
        for r in dataset.shop.events
        if start <= dataset.arrived(r) < start + window["days"] * DAY and dataset.is_free(r)
    ]
    few = len({r.values.get("visitor_id") for r in rows}) < MIN_VISITORS
    if not rows or (dataset.shop.is_real and few):
        return []  # three orders of a day are no sign of anything
    snapshot = {r.key: r.values for r in rows}
    scenes = [Scene(dataset, kind, r, [r], snapshot, trial_random()) for r in rows]
    return [[s.row for s in scenes if fits(s, kind.row.get("set", {}))]]


def _run(dataset: Dataset, kind: Kind) -> list[list[Row]]:
    """So many rows that fit, one behind the other as the file has them, from a random one on."""
    n = kind.row["rows"]["run"]
    found = []
    for row in dataset.shop.table(kind.table):
        scene = Scene(dataset, kind, row, [row], {row.key: row.values}, trial_random())
        if dataset.is_free(row) and fits(scene, {}):
            found.append(row)
    start = dataset.rng.randrange(max(1, len(found) - n))
    return [found[start : start + n]]


def _random(dataset: Dataset, kind: Kind) -> list[list[Row]]:
    """So many rows that fit, at random."""
    n, found = kind.row["rows"]["random"], []
    for row in dataset.shop.table(kind.table):
        scene = Scene(dataset, kind, row, [row], {row.key: row.values}, trial_random())
        if dataset.is_free(row) and fits(scene, {}):
            found.append(row)
    return [dataset.rng.sample(found, min(n, len(found)))]


GROUPS: dict[str, Callable[[Dataset, Kind], list[list[Row]]]] = {
    "page": _by("query_id"),
    "visit": _by("session_id"),
    "visitor": _by("visitor_id"),
    "block": _blocks,
    "window": _window,
    "run": _run,
    "random": _random,
}


# what happens to them


def change_rows(dataset: Dataset, kind: Kind) -> None:
    """The usual kind: cells of rows are changed, or rows are copied or dropped."""
    groups = groups_of(dataset, kind)
    if "furnish" in kind.row:
        _furnish(dataset, kind, groups)
        return
    for g, group in enumerate(groups):
        done: list[tuple[Row, dict[str, Any]]] = []
        lets: dict[str, Any] = {}
        for n, row in enumerate(group.picked):
            scene = scene_of(dataset, kind, group, row, dataset.rng, n, g)
            scene.lets = lets
            try:
                done += change_row(scene, group)
            except Unfit:
                continue
        if done and kind.row.get("case") in ("picked", "group"):
            rows = group.rows if kind.row["case"] == "group" else [r for r, _ in done]
            dataset.case(kind.name, rows, **done[0][1])


def change_row(scene: Scene, group: Group) -> list[tuple[Row, dict[str, Any]]]:
    """Change one row and say the case, or answer with what one case of several rows will need."""
    dataset, kind, row = scene.dataset, scene.kind, scene.kind.row
    target = scene.row
    if prepare := row.get("prepare"):
        PREPARED[prepare](scene)
    paths = {path_of(scene, p) or "": c for p, c in row.get("set", {}).items()}
    if "" in paths:
        raise Unfit
    old = {p: read(scene.before, p) for p in paths}
    new = {p: make(scene, c, old[p]) for p, c in paths.items()}
    first = next(iter(new), None)
    if first is not None and new[first] == old[first]:
        raise Unfit
    rest = about_case(scene, group, old, new, first)
    if first is not None and "secret" in row.get("let", {}):
        rest |= _secret(scene, old[first], new[first])
    for path, value in new.items():
        if value is not None or old[path] is not None:
            write(target.values, path, value)
    for column in row.get("without", []):
        target.values.pop(column, None)
    if "line" in row:
        line = make(scene, row["line"], target.line().decode("utf-8", "surrogatepass"))
        target.raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
    if "picture" in row:
        _spoil_picture(scene)
    if row.get("drop"):
        dataset.shop.table(kind.table).remove(target)
    if "copy" in row:
        return _copies(scene, rest)
    if row.get("case") in ("picked", "group"):
        return [(target, rest)]
    if first is not None and "far" in row and not _is_far(row["far"], old[first], new[first]):
        return []  # a nearer one may pass for sound
    rows = [
        target,
        *sharing_rows(scene, group, row.get("with", "next" if row.get("rows") == "pairs" else "")),
    ]
    if row.get("drop"):
        rows = rows[1:]
    dataset.case(kind.name, rows, **rest)
    return []


def _is_far(bounds: Any, old: Any, new: Any) -> bool:
    """Whether a time moved further than so much, or an amount's ratio is outside two bounds."""
    if isinstance(bounds, str):
        amount, _, unit = bounds.partition(" ")
        return abs(new - old) > float(amount) * UNITS_US[unit]
    return not bounds[0] < float(new) / float(old) < bounds[1]


def sharing_rows(scene: Scene, group: Group, which: str) -> list[Row]:
    """Rows of the group that share the case: ``first``, ``next``, ``previous``, ``other`` or ``product``'s events."""
    if which == "other":
        scene.dataset.mark([scene.other()])
        return [scene.other()]
    if which == "events":
        about = rows_of(scene.dataset, "product_id")[str(scene.before["product_id"])]
        scene.dataset.mark(about)
        return about
    if not which:
        return []
    at = next(n for n, r in enumerate(group.rows) if r.key == scene.row.key)
    n = {"first": 0, "last": -1, "previous": at - 1, "next": (at + 1) % len(group.rows)}.get(which)
    if n is None:  # the first row of an event type
        return [r for r in group.rows if r.values.get("event_type") == which][:1]
    return [group.rows[n]]


def about_case(
    scene: Scene, group: Group, old: Values, new: Values, first: str | None
) -> dict[str, Any]:
    """What a case records in addition to its rows: the cell, its clean value, and related rows."""
    row = scene.kind.row
    name = row.get("field", first)
    rest: dict[str, Any] = {}
    if name != "none" and name is not None:
        name = path_of(scene, name) or name
        clean = old[name] if name in old else read(scene.before, name)
        if "clean" in row:
            clean = ANY if row["clean"] == ANY else make(scene, row["clean"], clean)
        rest = {"field": name, "clean": clean}
        if "fine" in row:
            rest["fine"] = tuple(make(scene, f, clean) for f in row["fine"])
    default = "group" if row.get("rows") in ("page", "visit", "visitor") else ""
    related = row.get("related", default)
    if related == "group":
        rest["related"] = tuple(r.key for r in group.rows)
    elif related:
        rest["related"] = tuple(r.key for r in sharing_rows(scene, group, related))
    return rest


def _secret(scene: Scene, old: Any, new: Any) -> dict[str, Any]:
    """What must not stand in the kept cell, and what must: all around it, or the text as it was, in two halves."""
    secret = str(scene.name("secret"))
    if "kept" in scene.kind.row:
        return {
            "secrets": (secret,),
            "clean": tuple(make(scene, k, old) for k in scene.kind.row["kept"]),
        }
    before, _, after = str(new).partition(secret)
    if "middle" in str(scene.kind.row["set"]):  # what stands right around the secret may go with it
        at = next(
            n
            for n in range(len(str(old)) + 1)
            if str(new).endswith(str(old)[n:]) and str(new).startswith(str(old)[:n])
        )
        before, after = str(old)[:at], str(old)[at:]
    return {"secrets": (secret,), "clean": (before, after)}


def _spoil_picture(scene: Scene) -> None:
    pictures, names = scene.dataset.shop.pictures, scene.before["images"]
    new = make(scene, scene.kind.row["picture"], pictures.get(names[0]))
    if new is ...:
        pictures.pop(names[0])
    else:
        pictures[names[0]] = new if isinstance(new, bytes) else str(new).encode()


def _furnish(dataset: Dataset, kind: Kind, groups: list[Group]) -> None:
    """Make listings say soundly what no other listing says, then spoil two thirds of them at most."""
    for group in groups:
        scene = scene_of(dataset, kind, group, group.picked[0], dataset.rng)
        paths = {str(make(scene, p)): c for p, c in kind.row["furnish"].items()}
        new = {p: make(scene, c, read(scene.before, p)) for p, c in paths.items()}
        for path, value in new.items():
            write(scene.row.values, path, value)
        group.snapshot[scene.row.key] = dict(scene.row.values)
    n_dirty = max(1, min(kind.cases, 2 * len(groups) // 3))
    sound = [g.rows[0].key for g in groups[n_dirty:]]
    for n, group in enumerate(groups[:n_dirty]):
        scene = scene_of(dataset, kind, group, group.picked[0], dataset.rng, n)
        paths = {str(make(scene, p)): c for p, c in kind.row["set"].items()}
        old = {p: read(scene.before, p) for p in paths}
        new = {p: make(scene, c, old[p]) for p, c in paths.items()}
        for path, value in new.items():
            write(scene.row.values, path, value)
        first = next(iter(paths))
        related = tuple(sound[n::n_dirty])
        dataset.case(kind.name, [scene.row], field=first, clean=old[first], related=related)


def _copies(scene: Scene, rest: dict[str, Any]) -> list[tuple[Row, dict[str, Any]]]:
    """Copies of the row. Of several in a list each is made from the one before, and all are one case.

    With ``events`` so many events of the listing are about its copy, and are the case; with ``case`` those of the whole group are one.
    """
    spec = scene.kind.row["copy"]
    first = spec if isinstance(spec, dict) else spec[0]
    copies: list[Row] = []
    for i in range(int(make(scene, first.get("times", 1)))):
        scene.i = i
        try:
            scene.drawn = None if first.get("times") else scene.drawn
            source, made = scene.before, []
            for one in [spec] if isinstance(spec, dict) else spec:
                row = copy_row(scene, source, one)
                made.append(row)
                source = row.values
        except Unfit:
            continue
        if first.get("together") or "case" in scene.kind.row:
            copies += made
        elif "events" in first:
            about = rows_of(scene.dataset, "product_id").get(str(scene.before["product_id"]), [])
            about = [r for r in about if r.key not in scene.dataset.taken][: first["events"]]
            related = (scene.row.key, *(r.key for r in made))
            scene.dataset.mark([*about, scene.row])
            for event in about:
                event.values["product_id"] = made[0].values["product_id"]
                scene.dataset.case(scene.kind.name, [event], related=related)
        elif first.get("new"):
            scene.dataset.case(scene.kind.name, made, **({"related": (scene.row.key,)} | rest))
        else:
            scene.dataset.case(scene.kind.name, [*made, scene.row], **rest)
    if "case" in scene.kind.row:
        return [(row, rest) for row in copies]
    if copies:
        scene.dataset.case(scene.kind.name, [*copies, scene.row], **rest)
    return []


def copy_row(scene: Scene, source: Values, spec: dict[str, Any]) -> Row:
    """One more row like another one: later, under an id of its own, with cells changed or left out."""
    dataset, table = scene.dataset, scene.row.key[0]
    source = scene.other().values if spec.get("of") == "other" else source
    values = dict(source)
    if table == EVENTS:
        if not spec.get("same_id"):
            values["event_id"] = f"x{dataset.rng.getrandbits(40):010x}"
        shift = micros(scene, spec.get("later", "0 s")) + scene.i * micros(
            scene, spec.get("every", "0 s")
        )
        if not spec.get("received_later"):
            values[AT] = source[AT] + shift
        values[IN] = source[IN] + shift + micros(scene, spec.get("received", "0 s"))
    for path, change in spec.get("set", {}).items():
        held = read(source, path)
        try:
            write(values, path, make(scene, change, held))
        except Unfit:
            if held is not None:
                raise
    for column in spec.get("without", []):
        values.pop(column, None)
    if table == EVENTS:
        row = dataset.add(EVENTS, {k: v for k, v in values.items() if v is not None})
        if spec.get("header"):
            row.values = {name: name for name in row.values}
        return row
    if (
        values.get("variants")
        and not spec.get("keep_variants")
        and values["product_id"] != source["product_id"]
    ):
        renamed = [
            v | {"variant_id": f"{values['product_id']}-{n}"}
            for n, v in enumerate(values["variants"])
        ]
        values["variants"] = renamed
    place = spec.get("place", "behind")
    after = (
        {"behind": scene.row, "end": None}.get(place)
        if place != "anywhere"
        else _free_place(dataset)
    )
    return dataset.add(PRODUCTS, values, after=after)


def _free_place(dataset: Dataset) -> Row:
    """A row in no block of rows that another kind changed."""
    return dataset.rng.choice([r for r in dataset.shop.products if r.key not in dataset.taken])


def add_rows(dataset: Dataset, kind: Kind) -> None:
    """Rows that are no rows, each behind another one of the file, of which they ``keep`` cells."""
    spec = kind.row["add"]
    for n in range(kind.cases):
        if kind.table == EVENTS:
            near = dataset.rng.choice(dataset.shop.events)
            values: Values = {"event_type": "none", IN: dataset.arrived(near) + 1}
        else:
            near = _free_place(dataset)
            gone = spec.get("without", near.values if "keep" not in spec else [])
            values = {k: v for k, v in near.values.items() if k not in gone}
            if "keep" in spec:
                values = {k: near.values[k] for k in spec["keep"] if k in near.values}
        scene = Scene(dataset, kind, near, [near], {near.key: near.values}, dataset.rng, n)
        try:
            chosen = dataset.rng.choice(spec["one_of"]) if "one_of" in spec else {}
            for path, change in {**spec.get("set", {}), **chosen}.items():
                new = make(scene, change, near.values.get(path))
                if path:
                    write(values, path, new)
                else:
                    values |= new
        except Unfit:
            continue
        row = dataset.add(kind.table, values, after=near if kind.table == PRODUCTS else None)
        if "line" in spec:
            row.raw = str(make(scene, spec["line"])).encode()
        dataset.case(kind.name, [row])


def visits(dataset: Dataset, kind: Kind) -> None:
    """Visitors who are no people: so many ``events`` of each, with ``gap``s, about ``products``.

    ``product``: ``each`` event another, one a ``visitor``, or ``one`` for all. ``together``: all begin within this time.
    ``page``: each event is a page of so many impressions.
    A file of invoices alone knows no page, and stamps whole minutes: nothing is planted there.
    """
    spec = kind.row["visits"]
    shop = dataset.shop
    if shop.is_real and not any(r.values.get("event_type") == "click" for r in shop.events):
        return
    begin, all_of = start(dataset), goods(dataset, spec.get("page", 1))
    for g in range(int(spec.get("visitors", 1))):
        scene = Scene(
            dataset, kind, all_of[0], all_of, {r.key: r.values for r in all_of}, dataset.rng, g=g
        )
        at = (
            begin + dataset.rng.randrange(micros(scene, spec["together"]))
            if "together" in spec
            else start(dataset)
        )
        shown = all_of if spec.get("product") == "one" else goods(dataset, spec.get("page", 1))
        for n in range(int(spec["events"])):
            at += micros(scene, spec["gap"])
            if spec.get("product", "each") == "each":
                shown = goods(dataset, 1)
            for place, product in enumerate(shown, 1):
                scene = Scene(
                    dataset,
                    kind,
                    product,
                    shown,
                    {r.key: r.values for r in shown},
                    dataset.rng,
                    n,
                    g,
                    place,
                )
                visitor = str(make(scene, spec["name"]))
                more = {p: make(scene, c) for p, c in spec["set"].items()}
                dataset.case(kind.name, [new_event(dataset, visitor, at + place * 1000, **more)])


def start(dataset: Dataset) -> int:
    """A time by day, a day and more from the ends of the log."""
    day = dataset.rng.randint(1, max(1, dataset.days - 3))
    return dataset.start_us + day * DAY + dataset.rng.randint(2, 12) * HOUR


def goods(dataset: Dataset, n: int) -> list[Row]:
    rows = [r for r in dataset.shop.products if r.key not in dataset.taken]
    return dataset.rng.choices(rows, k=n)


def new_event(dataset: Dataset, visitor: str, at: int, **more: Any) -> Row:
    """An event of a new visitor."""
    values: Values = {"event_id": f"b{dataset.rng.getrandbits(44):011x}", "visitor_id": visitor}
    values |= {"session_id": f"{visitor}s", AT: at, IN: at + dataset.rng.randint(100, 900) * 1000}
    values |= {"platform": "web", "country": "CN", "language": "zh"}
    values |= {"consent_analytics": "granted", "consent_personalization": "granted"}
    return dataset.add(EVENTS, values | more)


def lose_rows(dataset: Dataset, kind: Kind) -> None:
    """Take out what was received in a stretch; it is found by a finding of that day.

    A real file with a few visitors a day has such hours by chance, so nothing is planted.
    """
    spec = kind.row["lose"]
    begin = dataset.start_us + dataset.rng.randint(9, max(9, dataset.days - 6)) * DAY
    begin += spec.get("from_hour", 0) * HOUR
    end = begin + spec["hours"] * HOUR
    lucky = {
        name
        for name in sorted({str(r.values.get("visitor_id")) for r in dataset.shop.events})
        if dataset.rng.random() >= spec.get("visitors", 1.0)
    }
    gone = [
        r
        for r in dataset.shop.events
        if begin <= dataset.arrived(r) < end
        and str(r.values.get("visitor_id")) not in lucky
        and all(r.values.get(c) in _list(v) for c, v in spec.get("where", {}).items())
    ]
    if dataset.shop.is_real and len({r.values.get("visitor_id") for r in gone}) < MIN_VISITORS:
        return
    keys = {r.key for r in gone}
    dataset.shop.events[:] = [r for r in dataset.shop.events if r.key not in keys]
    pairs = {(r.values.get("visitor_id"), r.values.get("product_id")) for r in gone}
    cancelled = tuple(
        r.key
        for r in dataset.shop.events
        if r.values.get("event_type") == "cancel"
        and (r.values.get("visitor_id"), r.values.get("product_id")) in pairs
    )
    dataset.case(kind.name, [], span_us=(begin, end), related=cancelled)
