from .core.errors import (
    BadInput as BadInput,
    Conflict as Conflict,
    GateClosed as GateClosed,
    NotFound as NotFound,
    QualityStop as QualityStop,
    ShopError as ShopError,
    Unsupported as Unsupported,
)
from .core.event import Event as Event, EventType as EventType
from .core.product import Product as Product, Variant as Variant
from .notebook import Checked as Checked, Shop as Shop, check as check
from .quality.report.report import QualityReport as QualityReport
from .release.gate_report import GateReport as GateReport

__version__: str
__all__: list[str]
