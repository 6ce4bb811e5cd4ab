"""The functions of ``import baihuo``: checks on files and frames, and a shop's pipeline and pages in one process."""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, TypeVar
from uuid import uuid4

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import bundle, flow, settings
from baihuo.core import BadInput, Filters, NotFound, Query, Sort, Surface, has_han, now_us
from baihuo.quality import InputFiles, QualityReport
from baihuo.release import GateReport

if TYPE_CHECKING:
    from baihuo.serve import ServingState

E = TypeVar("E", bound=StrEnum)
Source: TypeAlias = Any
"""A path, a list of paths, or a frame: pyarrow, polars, pandas 2.2 or newer, or a list of dicts."""


@dataclass(frozen=True)
class Checked:
    """The result of :func:`check`. Tables are of the kind that was given, pyarrow for files.

    Rows in = rows in ``events`` and ``products`` + quarantined + merged; ``report`` proves it.
    """

    report: QualityReport
    folder: Path  # report.html, findings.parquet and the rest
    _to_frame: Callable[[pa.Table], Any] = field(repr=False)

    def __repr__(self) -> str:
        """The verdict and the limits that were not met; a notebook would print every count of the report."""
        missed = "".join(
            f"\n  {limit.words}" for limit in self.report.limits if limit.verdict != "ok"
        )
        return f"<Checked {self.report.verdict}: {self.folder / 'report.html'}{missed}>"

    @cached_property
    def events(self) -> Any:
        """The events that passed, with the columns of ``baihuo schema event``."""
        return self._to_frame(_read(sorted((self.folder / "events").glob("*.parquet"))))

    @cached_property
    def products(self) -> Any:
        """The products that passed, with the columns of ``baihuo schema product``."""
        return self._to_frame(_read([self.folder / "products.parquet"]))

    @cached_property
    def findings(self) -> Any:
        """One row a finding: the row's id, the check, the field, the value before and after."""
        return self._to_frame(_read([self.folder / "findings.parquet"]))


def check(
    events: Source = None,
    products: Source = None,
    *,
    rules: str | Path | None = None,
    out: str | Path | None = None,
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
) -> Checked:
    """Check events, products or both, as ``baihuo check --events … --products …`` does. No shop is needed.

    Args:
        events: Files or a frame with one row an event.
        products: Files or a frame with one row a product.
        rules: A ``quality.yaml``; None: the defaults.
        out: Where the report and the tables are written; None: a temporary folder, removed with the result.
        mapping: Columns with unusual names, ``{"visitor_id": "shopper"}``.
        currency: ISO 4217, for prices without a currency.

    Raises:
        BadInput: nothing was given, or a source cannot be read.
        BrokenFile: a file is damaged.
    """
    if events is None and products is None:
        raise BadInput("there is nothing to check", fix="baihuo.check(events=…, products=…)")
    folder = Path(tempfile.mkdtemp(prefix="baihuo-") if out is None else out)
    with tempfile.TemporaryDirectory(prefix="baihuo-frames-") as frames:
        files = InputFiles(
            events=_files(events, Path(frames) / "events"),
            products=_files(products, Path(frames) / "products"),
            mapping=dict(mapping or {}),
            currency=currency,
        )
        checked = flow.check_files(files, folder, rules_file=None if rules is None else Path(rules))
    first = events if events is not None else products
    result = Checked(checked.report, folder, _converter(first))
    if out is None:
        weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


class Shop:
    """A shop's folder: its pipeline and, once something was released, its pages.

    Methods do what the commands of the same name do. Pages are made in this process by the live bundle, without exploration, and
    nothing is logged. Use it as a context manager, or call :meth:`close`.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = settings.Shop(Path(folder))
        self._open = ExitStack()
        self._serving: ServingState | None = None
        self._serving_bundle = ""

    def __repr__(self) -> str:
        return f"<Shop {self.folder.root}>"

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open the shop in ``folder``, which may be empty or not exist yet."""
        return cls(folder)

    def add(
        self,
        events: Source = None,
        products: Source = None,
        *,
        mapping: Mapping[str, str] | None = None,
        currency: str | None = None,
    ) -> dict[str, int]:
        """Import files or frames. Rows that cannot be used go to quarantine.

        Returns:
            ``rows``: read; ``kept`` and ``quarantined``: their sum is ``rows``.

        Raises:
            BadInput: nothing was given, or no row could be used.
        """
        counts = Counter[str]()
        with tempfile.TemporaryDirectory(prefix="baihuo-frames-") as frames:
            for kind, source in (("products", products), ("events", events)):
                files = _files(source, Path(frames) / kind)
                if files:
                    done = flow.import_files(
                        self.folder, files, kind=kind, mapping=mapping, currency=currency
                    )
                    counts.update(rows=done.n_in, kept=done.n_kept, quarantined=done.n_quarantined)
        if not counts:
            raise BadInput("there is nothing to import", fix="shop.add(events=…, products=…)")
        return dict(counts)

    def check(self, *, full: bool = False) -> QualityReport:
        """Check everything that came in; write the clean tables and the report."""
        return flow.check(self.folder, is_full=full)

    def train(self, *, clicks: bool = True) -> str:
        """Train on the clean data; returns the id of the new bundle. ``clicks=False`` leaves click models out.

        Raises:
            QualityStop: the data failed its checks.
        """
        return flow.train(self.folder, with_clicks=clicks).bundle_id

    def evaluate(self, bundle_id: str | None = None) -> dict[str, Any]:
        """Metrics of a bundle, by default the newest, and of its baselines on held-out data."""
        return flow.evaluate(self.folder, bundle_id)

    def release(self, bundle_id: str | None = None) -> GateReport:
        """Put a bundle, by default the newest, through the gate; if it opens, the bundle is live.

        Raises:
            GateClosed: says which checks failed.
        """
        return flow.release(self.folder, bundle_id)

    def search(
        self,
        text: str,
        *,
        visitor_id: str = "",
        where: str = "",
        sort: str = "relevance",
        page: int = 1,
        page_size: int = 24,
        explain: bool = False,
    ) -> dict[str, Any]:
        """The page that the live bundle returns for a search, in the form of ``POST /v1/search``.

        Args:
            where: A filter, ``"price < 30 and brand = Acme"`` (docs/filters.md).
            sort: relevance, price_asc, price_desc or newest.

        Raises:
            NotFound: nothing was released yet.
            BadInput: a filter or sort that there is not.
        """
        return self._page(
            Surface.SEARCH,
            visitor_id,
            query_text=text,
            filters=Filters(where=where.strip()),
            sort=_one_of(Sort, sort, "sort"),
            page=page,
            page_size=page_size,
            explain=explain,
        )

    def recommend(
        self,
        surface: Literal["home", "similar"] = "home",
        *,
        product_id: str | None = None,
        visitor_id: str = "",
        page_size: int = 24,
        explain: bool = False,
    ) -> dict[str, Any]:
        """The page of a surface, in the form of ``POST /v1/recommend/{surface}``. ``similar`` needs ``product_id``.

        Raises:
            NotFound: nothing was released yet, or there is no such product.
            BadInput: a surface that there is not, or one that does not fit ``product_id``.
        """
        wanted = _one_of(Surface, surface, "surface")
        if (wanted is Surface.SIMILAR) != (product_id is not None):
            raise BadInput(
                f"surface {surface!r} and product_id={product_id!r} do not go together",
                fix="recommend('similar', product_id=…) or recommend('home')",
            )
        return self._page(
            wanted, visitor_id, product_id=product_id, page_size=page_size, explain=explain
        )

    def close(self) -> None:
        """Close the files of the live bundle."""
        self._serving = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _page(self, surface: Surface, visitor_id: str, **wanted: Any) -> dict[str, Any]:
        from baihuo.serve import page_json

        text = wanted.get("query_text", "")
        query = Query(
            query_id=uuid4().hex,
            surface=surface,
            visitor_id=visitor_id,
            at_us=now_us(),
            language="zh" if has_han(text) else "en",
            **wanted,
        )
        serving = self._live()
        found: dict[str, Any] = orjson.loads(
            page_json(serving.ranker.page(query), serving.generation)
        )
        return found

    def _live(self) -> ServingState:
        """The live bundle, opened once; again after a release."""
        live = bundle.read_live(self.folder.bundles)
        if live is None:
            raise NotFound("nothing was released yet", fix="shop.train(), then shop.release()")
        if self._serving is None or self._serving_bundle != live.now.bundle_id:
            self.close()
            self._serving = self._open.enter_context(flow.open_live(self.folder))
            self._serving_bundle = live.now.bundle_id
        return self._serving


def _files(source: Source, part: Path) -> list[Path]:
    """The files of a source; a frame is written to ``part`` first, so that it is read as a file would be."""
    if source is None:
        return []
    if isinstance(source, str | Path):
        return [Path(source)]
    if isinstance(source, Sequence) and all(isinstance(one, str | Path) for one in source):
        return [Path(one) for one in source]
    if isinstance(source, Sequence):
        table = pa.Table.from_pylist(list(source))
    elif hasattr(source, "__arrow_c_stream__"):
        table = pa.table(source)
    else:
        raise BadInput(
            f"{type(source).__name__} is neither a path nor a frame",
            fix="give a path, a list of paths or dicts, or a pyarrow, polars or pandas (2.2 or newer) frame",
        )
    file = part.with_suffix(".parquet")
    pq.write_table(table, file)
    return [file]


def _converter(source: Source) -> Callable[[pa.Table], Any]:
    """The function that makes a frame like ``source`` of an Arrow table."""
    library = type(source).__module__.partition(".")[0]
    if library == "pandas":
        return lambda table: table.to_pandas()
    if library == "polars":
        return lambda table: sys.modules["polars"].from_arrow(table)
    return lambda table: table


def _read(files: Sequence[Path]) -> pa.Table:
    """Parquet files as one table; without files, a table without columns."""
    tables = [pq.read_table(file) for file in files if file.exists()]
    return pa.concat_tables(tables, promote_options="default") if tables else pa.table({})


def _one_of(kind: type[E], value: str, name: str) -> E:
    """The member of an enumeration.

    Raises:
        BadInput: there is none; the error lists all.
    """
    try:
        return kind(value)
    except ValueError:
        raise BadInput(f"there is no {name} {value!r}", fix=", ".join(kind)) from None
