"""``quality.yaml``: what each check takes for granted, and how much dirt stops training."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)

from baihuo.core import BadInput
from baihuo.quality.checks.attributes.checks import AttributesRules
from baihuo.quality.checks.categories.checks import CategoriesRules
from baihuo.quality.checks.coverage.checks import CoverageRules
from baihuo.quality.checks.labels.checks import LabelsRules
from baihuo.quality.checks.near_duplicates.checks import NearDuplicatesRules
from baihuo.quality.checks.personal.checks import PersonalRules
from baihuo.quality.checks.pictures.checks import PicturesRules
from baihuo.quality.checks.sessions.checks import SessionsRules
from baihuo.quality.checks.stock.checks import StockRules
from baihuo.quality.checks.text.checks import TextRules
from baihuo.quality.checks.traffic.checks import TrafficRules
from baihuo.quality.checks.units.checks import UnitsRules
from baihuo.quality.custom.own import OwnRules
from baihuo.quality.limits import Limits
from baihuo.quality.report.alert import AlertRules


class SchemaRules(Limits):
    """Values that can be true at all."""

    warn_above: float | None = Field(default=0.01, ge=0, le=1)
    stop_above: float | None = Field(default=0.1, ge=0, le=1)
    # units in one line; wholesale orders are large
    max_quantity: PositiveInt = Field(default=100_000, le=10**9)
    max_price_minor: PositiveInt = Field(default=10**11, le=10**15)  # × 100 fits 64 bits
    max_position: PositiveInt = 10_000
    max_dwell_hours: PositiveFloat = Field(default=12, le=8_760)  # longer is a tab left open
    max_id_chars: PositiveInt = 256
    max_text_chars: PositiveInt = 20_000


class TimesRules(Limits):
    """Clocks: the visitor's may be wrong, ours decides."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    jitter_seconds: NonNegativeFloat = 60  # a clock this far ahead is left alone
    max_ahead_minutes: PositiveFloat = 60  # up to here ours is taken, beyond: quarantine
    max_delay_days: PositiveFloat = 90  # an app may be offline for weeks, not for a season
    not_before: date = date(1995, 1, 1)  # before the first web shop: a clock that was never set
    stuck_events: PositiveInt = 5  # so many events at one instant of one visitor …
    stuck_seconds: PositiveFloat = 30  # … that reached us over so long a time
    frozen_events: PositiveInt = (
        20  # so many clicks and searches at one instant, where ours is a copy
    )
    skew_events: PositiveInt = 10  # of one visitor's device, off by the same amount
    skew_seconds: PositiveFloat = 120  # the same amount: this far from their middle
    constant_share: float = Field(default=0.8, gt=0.5, le=1)  # of what is off, off by the same
    constant_hours: PositiveFloat = 6  # a clock behind must hold so long: a queue would not
    min_behind_minutes: PositiveFloat = 60  # less behind than this is a slow line, not a clock
    max_skew_days: PositiveFloat = 400  # further off, a clock was never set
    group_rows: PositiveInt = 50  # of a platform's day before a zone is the whole platform's


class DuplicatesRules(Limits):
    """Retries carry the same id; copies carry another one."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    window_ms: NonNegativeInt = 1_000  # equal in everything and this close: fired twice
    exact_only: tuple[str, ...] = ("add_to_cart", "remove_from_cart")  # two taps can be meant


class OrphansRules(Limits):
    """Events whose product the catalogue does not have."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    resolve: bool = True  # by code, variant, model or exact title, where exactly one product fits


class OrderRules(Limits):
    """What cannot happen before something else did."""

    warn_above: float | None = Field(default=0.02, ge=0, le=1)
    stop_above: float | None = Field(default=0.2, ge=0, le=1)
    tolerance_ms: NonNegativeInt = 2_000  # batching in the client reorders by about this much
    min_view_share: float = Field(
        default=0.9, ge=0, le=1
    )  # of purchases; below, views are not logged
    # from the log's first: what is cancelled may have been bought before it
    returns_days: int = Field(default=30, ge=0, le=3_650)


class PricesRules(Limits):
    """Prices far from what such products cost, on the log scale, by median and MAD."""

    warn_above: float | None = Field(default=0.01, ge=0, le=1)
    stop_above: float | None = Field(default=0.1, ge=0, le=1)
    max_deviations: PositiveFloat = 6  # robust standard deviations from the median
    min_ratio: float = Field(default=10, gt=1)  # and at least this many times dearer or cheaper
    min_rows: PositiveInt = 20  # prices in a category (of a product: a quarter) before it can judge
    bulk_ratio: float = Field(default=10, ge=1)  # times the usual pieces: a low price is a discount
    unit_slack: float = Field(default=2, gt=1)  # "in cents" must land this near the median


class QualityRules(BaseModel):
    """All of ``quality.yaml``. Names it does not know are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str = ""  # whom to ask; printed in the report
    note: str = ""
    edition: str = Field(default="", alias="version")  # as its owner counts
    alerts: AlertRules = AlertRules()
    min_events: NonNegativeInt = 1  # fewer clean events stop training, if any came in at all
    min_products: NonNegativeInt = 1
    # of a table, refused at import and by all checks together; stops
    max_quarantined: float = Field(default=0.5, ge=0, le=1)
    personal: PersonalRules = PersonalRules()
    schema_: SchemaRules = Field(default=SchemaRules(), alias="schema")
    times: TimesRules = TimesRules()
    duplicates: DuplicatesRules = DuplicatesRules()
    orphans: OrphansRules = OrphansRules()
    order: OrderRules = OrderRules()
    prices: PricesRules = PricesRules()
    text: TextRules = TextRules()
    units: UnitsRules = UnitsRules()
    attributes: AttributesRules = AttributesRules()
    near_duplicates: NearDuplicatesRules = NearDuplicatesRules()
    categories: CategoriesRules = CategoriesRules()
    pictures: PicturesRules = PicturesRules()
    stock: StockRules = StockRules()
    traffic: TrafficRules = TrafficRules()
    sessions: SessionsRules = SessionsRules()
    labels: LabelsRules = LabelsRules()
    coverage: CoverageRules = CoverageRules()
    own: OwnRules = OwnRules()

    def limits(self, step: str) -> Limits:
        """The limits of one step."""
        of: Limits = self.schema_ if step == "schema" else getattr(self, step)
        return of

    def has(self, step: str) -> bool:
        """Whether a step has a section; what people ordered (mended rows, erasure) has no limits."""
        return step == "schema" or step in type(self).model_fields

    def settings(self, step: str) -> dict[str, str]:
        """One step's settings as SQL literals, for ``Check.bad``."""
        return {
            name: str(value)
            for name, value in self.limits(step)
            if isinstance(value, int | float) and not isinstance(value, bool)
        }

    @property
    def version(self) -> str:
        """A short hash of every setting but whom to alert: equal versions are equal rules."""
        said = self.model_dump_json(by_alias=True, exclude={"alerts"})
        return hashlib.sha256(said.encode()).hexdigest()[:12]


def load_rules(path: Path | None) -> QualityRules:
    """The rules in ``path``; the defaults where it is None or not there.

    Raises:
        BadInput: not YAML, an unknown name, a value out of range; says which and what is allowed.
    """
    if path is None or not path.exists():
        return QualityRules()
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        return QualityRules.model_validate({} if read is None else read)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} is not YAML: {error}", fix="mend that line, or delete the file"
        ) from error
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"]) or "the whole file"
        what = f"{path}: {name}: {problem['msg']} (got {problem['input']!r})"
        raise BadInput(what, fix="correct it, or delete the line to take the default") from error


def default_rules_text() -> str:
    """The default ``quality.yaml``, every setting with its comment."""
    steps = [f.alias or n for n, f in QualityRules.model_fields.items() if _is_limits(f.annotation)]
    room = Path(__file__).parent
    texts = [room / "head.yaml"]
    for name in steps:
        folder = room / "custom" if name == "own" else room / "checks" / name
        texts.append(folder / "defaults.yaml")
    return "\n".join(text.read_text(encoding="utf-8") for text in texts)


def _is_limits(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Limits)
