from .candidates import Candidates, Removed
from .clock import CLOCK, SteadyClock, now_us
from .consent import CONSENT_FIELDS, Consent, consented_sql, is_consented
from .currency import minor_unit_digits
from .defaults import (
    ATTRIBUTION_MINUTES,
    CLICKS_REMEMBERED_DAYS,
    LISTS_FROM,
    PURCHASE_HALF_LIFE_DAYS,
    PURCHASE_LONG_HALF_LIFE_DAYS,
    PURCHASE_SHORT_HALF_LIFE_DAYS,
    PURCHASES_REMEMBERED_DAYS,
    SLOT_PROBABILITY,
    SWAP_PROBABILITY,
)
from .disk import free_bytes, require_room, write_error
from .errors import (
    BadInput,
    BrokenFile,
    CannotWrite,
    Conflict,
    DiskFull,
    GateClosed,
    NotFound,
    QualityStop,
    ShopError,
    Unsupported,
)
from .event import Event, EventType
from .event_fields import FieldSpec, ValueType, event_fields
from .file_lock import LockHolder, file_lock
from .named_sqlite import readable_rows
from .origin import web_origin
from .page import Facet, FacetValue, Page, Placed, Served, TraceStep
from .product import Product, Variant
from .progress import Progress, no_progress
from .query import READING_KINDS, Filters, Query, Reading, Sort, Surface
from .schemas import RECORDS, json_schema
from .secret_file import secret_file
from .shop_paths import EVENTS_FOLDER, ShopPaths
from .spreadsheet import cell_text, safe_cell
from .sqlite_file import open_read_only, open_sqlite, transaction
from .tables import (
    CATEGORY_SEPARATOR,
    EVENTS,
    PRODUCTS,
    QUARANTINE,
    TIMELY,
    events_to_table,
    product_to_row,
    products_to_table,
    row_to_product,
    table_to_events,
    table_to_products,
)
from .text import fold, has_han
from .visitor_basics import (
    BASICS_FIELDS,
    INTEREST_SEPARATOR,
    VisitorBasics,
    basics_of,
    referrer_of,
)
from .yaml_model import SettingsSection, YamlProblem, close_match, load_yaml, parse_yaml

__all__ = [
    "ATTRIBUTION_MINUTES",
    "BASICS_FIELDS",
    "CATEGORY_SEPARATOR",
    "CLICKS_REMEMBERED_DAYS",
    "CLOCK",
    "CONSENT_FIELDS",
    "EVENTS",
    "EVENTS_FOLDER",
    "INTEREST_SEPARATOR",
    "LISTS_FROM",
    "PRODUCTS",
    "PURCHASES_REMEMBERED_DAYS",
    "PURCHASE_HALF_LIFE_DAYS",
    "PURCHASE_LONG_HALF_LIFE_DAYS",
    "PURCHASE_SHORT_HALF_LIFE_DAYS",
    "QUARANTINE",
    "READING_KINDS",
    "RECORDS",
    "SLOT_PROBABILITY",
    "SWAP_PROBABILITY",
    "TIMELY",
    "BadInput",
    "BrokenFile",
    "Candidates",
    "CannotWrite",
    "Conflict",
    "Consent",
    "DiskFull",
    "Event",
    "EventType",
    "Facet",
    "FacetValue",
    "FieldSpec",
    "Filters",
    "GateClosed",
    "LockHolder",
    "NotFound",
    "Page",
    "Placed",
    "Product",
    "Progress",
    "QualityStop",
    "Query",
    "Reading",
    "Removed",
    "Served",
    "SettingsSection",
    "ShopError",
    "ShopPaths",
    "Sort",
    "SteadyClock",
    "Surface",
    "TraceStep",
    "Unsupported",
    "ValueType",
    "Variant",
    "VisitorBasics",
    "YamlProblem",
    "basics_of",
    "cell_text",
    "close_match",
    "consented_sql",
    "event_fields",
    "events_to_table",
    "file_lock",
    "fold",
    "free_bytes",
    "has_han",
    "is_consented",
    "json_schema",
    "load_yaml",
    "minor_unit_digits",
    "no_progress",
    "now_us",
    "open_read_only",
    "open_sqlite",
    "parse_yaml",
    "product_to_row",
    "products_to_table",
    "readable_rows",
    "referrer_of",
    "require_room",
    "row_to_product",
    "safe_cell",
    "secret_file",
    "table_to_events",
    "table_to_products",
    "transaction",
    "web_origin",
    "write_error",
]
