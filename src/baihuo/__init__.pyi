from .core.errors import (
    BadInput,
    Conflict,
    GateClosed,
    NotFound,
    QualityStop,
    ShopError,
    Unsupported,
)
from .core.event import Event, EventType
from .core.product import Product, Variant
from .notebook import Checked, Shop, check
from .quality.report.report import QualityReport
from .release.gate_report import GateReport

__version__: str

__all__ = [
    "BadInput",
    "Checked",
    "Conflict",
    "Event",
    "EventType",
    "GateClosed",
    "GateReport",
    "NotFound",
    "Product",
    "QualityReport",
    "QualityStop",
    "Shop",
    "ShopError",
    "Unsupported",
    "Variant",
    "check",
]
