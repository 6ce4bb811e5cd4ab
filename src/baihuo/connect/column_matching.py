"""Matches the columns of a file to our fields, and finds the kind of its rows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from baihuo.connect.fields import FIELDS, Field, folded
from baihuo.connect.rows import Kind, Options, broken
from baihuo.core import BadInput

ATTRIBUTE_PREFIXES = tuple("attribute. attributes. attr. attribute_ attr_ attribute: attr:".split())

TITLES = ("title", "title_en", "title_zh")


@dataclass(frozen=True, slots=True)
class Columns:
    """Our fields with their source columns, and the columns that match no field."""

    sources: dict[str, str]  # field name -> column
    unused: list[str]


def match_columns(names: Iterable[str], kind: Kind, mapping: Mapping[str, str]) -> Columns:
    """Find each field's column: by the mapping, then by our name, then by a usual name.

    Raises:
        BadInput: the mapping names a field or a column that does not exist.
    """
    names = list(names)
    fields = {f.name: f for f in FIELDS[kind]}
    sources: dict[str, str] = {}
    for name, column in mapping.items():
        if name not in fields and not any(name in (f.name for f in fs) for fs in FIELDS.values()):
            raise BadInput(f"{kind} have no field {name!r}", fix=f"use one of {', '.join(fields)}")
        if column not in names:
            raise BadInput(f"no column is called {column!r}", fix=f"the file has {listed(names)}")
        if name in fields:
            sources[name] = column
    free = [n for n in names if n not in sources.values()]
    by_folded = {folded(n): n for n in reversed(free)}
    by_folded |= {folded(n): n for n in free if n in fields}  # before a line's " price "
    for spellings in (lambda f: (folded(f.name),), lambda f: f.also):
        for field in fields.values():
            if field.name in sources:
                continue
            for spelling in spellings(field):
                if spelling in by_folded:
                    sources[field.name] = by_folded[spelling]
                    del by_folded[spelling]
                    break
    if "price_minor" in sources:
        sources.pop("price", None)
    taken = set(sources.values())
    unused = [n for n in names if n not in taken]
    if kind == "products":
        unused = [n for n in unused if not n.lower().startswith(ATTRIBUTE_PREFIXES)]
    return Columns(sources, unused)


def listed(names: Sequence[str]) -> str:
    """The first names of a file's columns, for a message; blanks around a name are part of it and shown."""
    shown = ", ".join(n if n == n.strip() else repr(n) for n in names[:40])
    return shown + (", …" if len(names) > 40 else "")


def missing_fields(columns: Columns, kind: Kind) -> list[Field]:
    """Required fields that have no column."""
    missing = [f for f in FIELDS[kind] if f.is_required and f.name not in columns.sources]
    if kind == "products" and not any(t in columns.sources for t in TITLES):
        missing.append(next(f for f in FIELDS[kind] if f.name == "title"))
    return missing


def kind_of(path: Path, names: Iterable[str], options: Options) -> Kind:
    """The kind of the rows: by :func:`proven_kind`, or the kind whose required columns all exist.

    Raises:
        BrokenFile: required columns are missing.
    """
    names = list(names)
    proven = proven_kind(options)
    kinds: tuple[Kind, ...] = (proven,) if proven else ("events", "products")
    missing = {k: missing_fields(match_columns(names, k, options.mapping), k) for k in kinds}
    for kind in kinds:
        if not missing[kind]:
            return kind
    closest = min(kinds, key=lambda k: len(missing[k]))
    lacks = ", ".join(f.name for f in missing[closest])
    example = missing[closest][0].name
    fix = f"name the column with --map {example}=THEIR_COLUMN"
    if example == "event_type":
        fix += "; a log of one type of event needs such a column too, with purchase (or the like) in every row"
    raise broken(
        path,
        f"as {closest}, it lacks {lacks}; its columns are {listed(names)}",
        fix=fix + ("" if proven else ", or give --kind products or --kind events"),
    )


def proven_kind(options: Options) -> Kind | None:
    """The kind that the options say: ``kind``, or that of the only mapped fields that one kind alone has; None: neither."""
    if options.kind is not None:
        return options.kind
    names = {kind: {f.name for f in fields} for kind, fields in FIELDS.items()}
    of_events = options.mapping.keys() & (names["events"] - names["products"])
    of_products = options.mapping.keys() & (names["products"] - names["events"])
    if bool(of_events) == bool(of_products):
        return None
    return "events" if of_events else "products"


def require_products(path: Path, names: Sequence[str], *, n_rows: int, n_ids: int) -> None:
    """Refuse a table that would be read as products only because it has an id and a title: in a catalogue an id is one row.

    Args:
        n_rows: Rows that have an id and a title.
        n_ids: Different ids among them.

    Raises:
        BrokenFile: most rows repeat the id of another.
    """
    if n_rows < _LEAST_ROWS or n_ids >= _LEAST_IDS * n_rows:
        return
    lacking = [f.name for f in missing_fields(match_columns(names, "events", {}), "events")]
    raise broken(
        path,
        f"its first {n_rows:,} titled rows are of {n_ids:,} products, as a log has and a catalogue has not; as events, it lacks "
        f"{', '.join(lacking) or 'nothing'}; its columns are {listed(names)}",
        fix=f"if it is a log, name {' '.join(f'--map {name}=THEIR_COLUMN' for name in lacking)}; if it is a catalogue, give "
        "--kind products",
    )


_LEAST_ROWS = 20  # fewer prove nothing
_LEAST_IDS = 0.5  # of the rows; copies and variants with titles of their own are fewer than half of any catalogue we know
