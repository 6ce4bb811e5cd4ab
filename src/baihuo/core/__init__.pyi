from .candidates import Candidates as Candidates, Removed as Removed
from .clock import CLOCK as CLOCK, SteadyClock as SteadyClock, now_us as now_us
from .defaults import (
    ATTRIBUTION_MINUTES as ATTRIBUTION_MINUTES,
    CLICKS_REMEMBERED_DAYS as CLICKS_REMEMBERED_DAYS,
    HOME_DIVERSITY as HOME_DIVERSITY,
    LISTS_FROM as LISTS_FROM,
    PURCHASES_REMEMBERED_DAYS as PURCHASES_REMEMBERED_DAYS,
    PURCHASE_HALF_LIFE_DAYS as PURCHASE_HALF_LIFE_DAYS,
    PURCHASE_LONG_HALF_LIFE_DAYS as PURCHASE_LONG_HALF_LIFE_DAYS,
    PURCHASE_SHORT_HALF_LIFE_DAYS as PURCHASE_SHORT_HALF_LIFE_DAYS,
    SLOT_PROBABILITY as SLOT_PROBABILITY,
    SWAP_PROBABILITY as SWAP_PROBABILITY,
)
from .errors import (
    BadInput as BadInput,
    BrokenFile as BrokenFile,
    CannotWrite as CannotWrite,
    Conflict as Conflict,
    DiskFull as DiskFull,
    GateClosed as GateClosed,
    NotFound as NotFound,
    QualityStop as QualityStop,
    ShopError as ShopError,
    Unsupported as Unsupported,
)
from .event import (
    CONSENT_FIELDS as CONSENT_FIELDS,
    Consent as Consent,
    Event as Event,
    EventType as EventType,
    FieldSpec as FieldSpec,
    ValueType as ValueType,
    consented_sql as consented_sql,
    event_fields as event_fields,
    is_consented as is_consented,
)
from .file_lock import LockHolder as LockHolder, file_lock as file_lock
from .origin import web_origin as web_origin
from .page import (
    Facet as Facet,
    FacetValue as FacetValue,
    Page as Page,
    Placed as Placed,
    Served as Served,
    TraceStep as TraceStep,
)
from .product import Product as Product, Variant as Variant, minor_unit_digits as minor_unit_digits
from .progress import Progress as Progress, no_progress as no_progress
from .query import (
    BASICS_FIELDS as BASICS_FIELDS,
    INTEREST_SEPARATOR as INTEREST_SEPARATOR,
    READING_KINDS as READING_KINDS,
    Filters as Filters,
    Query as Query,
    Reading as Reading,
    Sort as Sort,
    Surface as Surface,
    VisitorBasics as VisitorBasics,
    basics_of as basics_of,
    referrer_of as referrer_of,
)
from .request_within import request_within as request_within
from .schemas import RECORDS as RECORDS, json_schema as json_schema
from .secret_file import secret_file as secret_file
from .shop_paths import EVENTS_FOLDER as EVENTS_FOLDER, ShopPaths as ShopPaths
from .spreadsheet import cell_text as cell_text, safe_cell as safe_cell
from .sqlite_file import (
    free_bytes as free_bytes,
    open_read_only as open_read_only,
    open_sqlite as open_sqlite,
    readable_rows as readable_rows,
    require_room as require_room,
    transaction as transaction,
    write_error as write_error,
)
from .tables import (
    CATEGORY_SEPARATOR as CATEGORY_SEPARATOR,
    EVENTS as EVENTS,
    PRODUCTS as PRODUCTS,
    QUARANTINE as QUARANTINE,
    TIMELY as TIMELY,
    events_to_table as events_to_table,
    product_to_row as product_to_row,
    products_to_table as products_to_table,
    row_to_product as row_to_product,
    table_to_events as table_to_events,
    table_to_products as table_to_products,
)
from .text import fold as fold, has_han as has_han, is_latin as is_latin
from .yaml_model import (
    SettingsSection as SettingsSection,
    YamlProblem as YamlProblem,
    close_match as close_match,
    load_yaml as load_yaml,
    parse_yaml as parse_yaml,
)
