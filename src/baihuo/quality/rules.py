"""``quality.yaml``: what each check takes for granted, and how much dirt stops training."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import TypeGuard

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from baihuo.core.yaml_model import load_yaml
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.categories.settings import CategoriesRules
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.checks.duplicates.settings import DuplicatesRules
from baihuo.quality.checks.event_sequence.settings import OrderRules
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.quality.checks.personal.settings import PersonalRules
from baihuo.quality.checks.pictures.settings import PicturesRules
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.checks.referential_integrity.settings import OrphansRules
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.checks.sessions.settings import SessionsRules
from baihuo.quality.checks.stock.settings import StockRules
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.units.settings import UnitsRules
from baihuo.quality.custom.settings import CustomRules
from baihuo.quality.limits import Limits
from baihuo.quality.report.settings import AlertRules


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
    own: CustomRules = CustomRules()

    def limits(self, step: str) -> Limits:
        """The section of one step; what people ordered has none, and takes no settings."""
        of: Limits = self.schema_ if step == "schema" else getattr(self, step, Limits())
        return of

    def has(self, step: str) -> bool:
        """Whether a step has a section; what people ordered (mended rows, erasure) has no limits."""
        return step == "schema" or step in type(self).model_fields

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
    return load_yaml(path, QualityRules)


def default_rules_text() -> str:
    """The default ``quality.yaml``, every setting with its comment."""
    sections = [f.annotation for f in QualityRules.model_fields.values()]
    # beside their settings: a folder's name may differ from that of its section
    folders = [Path(inspect.getfile(s)).parent for s in sections if _is_limits(s)]
    files = [Path(__file__).with_name("head.yaml"), *(f / "defaults.yaml" for f in folders)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _is_limits(annotation: object) -> TypeGuard[type[Limits]]:
    return isinstance(annotation, type) and issubclass(annotation, Limits)
