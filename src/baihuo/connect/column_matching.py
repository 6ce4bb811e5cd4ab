"""Matches the columns of a file to our fields, and finds the kind of its rows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from baihuo.connect.rows import Kind, Options, broken
from baihuo.core import BadInput, Event, ValueType, event_fields

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


# The fields of events and products: the names other systems use for each, and its type.
#
# To recognise another name of a field, add it here. The fields of events come from
# :class:`baihuo.core.Event`.


FieldType: TypeAlias = Literal[
    "id",
    "text",
    "event_type",
    "time",
    "whole",
    "small",
    "number",
    "money",
    "currency",
    "json",
    "consent",
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of events or products, as files may hold it."""

    name: str
    type: FieldType
    also: tuple[str, ...] = ()  # other common names, folded: lower case, no space, _ or -
    is_required: bool = False


def _field(name: str, type_: FieldType, also: str = "", *, required: bool = False) -> Field:
    return Field(name, type_, tuple(also.split()), required)


# Other usual names of events' fields, folded.
EVENT_ALIASES = {
    "event_id": "id uuid uid messageid hitid",
    "event_type": (
        "event eventname type action actionname behavior behaviortype behaviour activity "
        "interaction"
    ),
    "visitor_id": (
        "visitor user userid uid customer customerid customernumber buyerid clientid "
        "memberid accountid shopperid deviceid userpseudoid anonymousid"
    ),
    "occurred_at_us": (
        "occurredat time timestamp eventtime eventtimestamp eventdate date datetime ts "
        "createdat at unixtime clienttime invoicedate occurredatms occurredats "
        "timestampms timestampus"
    ),
    "received_at_us": "receivedat servertime servertimestamp ingestedat loggedat",
    "session_id": "session usersession visitid sessionkey gasessionid",
    "query_id": "searchid requestid impressionid",
    "query_text": "query searchquery searchterm searchterms keyword keywords q term userquery",
    "product_id": (
        "product item itemid sku skuid productcode itemcode articleid asin goodsid "
        "stockcode objectid productsku listingid contentid"
    ),
    "variant_id": "variant variantsku itemvariant",
    "order_id": "order transactionid invoice invoiceno invoicenumber orderno ordernumber",
    "surface": "page pagetype placement widget",
    "position": "rank slot pos itemlistposition",
    "propensity": "propensityscore actionprob pscore",
    "price_minor": "pricecents priceincents unitpriceminor",
    "currency": "currencycode",
    "quantity": "qty units count itemquantity",
    "dwell_ms": "dwell dwelltime dwelltimems timeonpagems durationms engagementtimemsec",
    "rating": "stars score overall reviewrating",
    "text": "review reviewtext comment body reviewbody content",
    "platform": "channel",
    "device": "devicetype devicecategory",
    "country": "countrycode geo",
    "language": "locale lang browserlanguage",
    "region": "regioncode province state geozone subdivision",
    "referrer": "referer pagereferrer trafficsource utmsource",
    "interests": "interest declaredinterests",
    "consent_analytics": "analyticsconsent analyticsstorage aduserdata",
    "consent_personalization": (
        "consent consentpersonalisation personalizationconsent personalisationconsent "
        "personalizationstorage adpersonalization"
    ),
}
# Not fields of events: a file may hold them, and the import makes a field of each.
_EVENT_EXTRAS = {
    "price_minor": _field("price", "money", "unitprice itemprice amount priceamount saleprice")
}
_FIELD_TYPES: dict[ValueType, FieldType] = {
    "id": "id",
    "text": "text",
    "label": "text",
    "event_type": "event_type",
    "time": "time",
    "integer": "whole",
    "int32": "small",
    "number": "number",
    "currency": "currency",
    "consent": "consent",
}
_MADE_BY_IMPORT = {"event_id", "received_at_us"}  # where a file has none


def fields_of_events(event_class: type[Event]) -> tuple[Field, ...]:
    """The fields of events as files may hold them, each followed by the extra that becomes it.

    The order decides which field gets a column whose name two fields claim.
    """
    result = []
    for field in event_fields(event_class):
        is_required = field.is_required and field.name not in _MADE_BY_IMPORT
        aliases = EVENT_ALIASES.get(field.name, "")
        result.append(
            _field(field.name, _FIELD_TYPES[field.spec.type], aliases, required=is_required)
        )
        if field.name in _EVENT_EXTRAS:
            result.append(_EVENT_EXTRAS[field.name])
    return tuple(result)


EVENTS = fields_of_events(Event)

PRODUCTS = (
    _field(
        "product_id",
        "id",
        "id product item itemid sku skuid productcode itemcode articleid asin goodsid stockcode handle",
        required=True,
    ),
    _field("title_en", "text", "titleenglish nameen"),
    _field("title_zh", "text", "titlechinese namezh titlecn namecn"),
    _field(
        "title",
        "text",
        "name productname producttitle itemname displayname productdisplayname 标题 名称 商品名称",
    ),
    _field("description_en", "text", "descriptionenglish descen"),
    _field("description_zh", "text", "descriptionchinese desczh descriptioncn desccn"),
    _field("description", "text", "desc shortdescription longdescription details bodyhtml 描述"),
    _field("brand", "text", "brandname manufacturer vendor supplier maker 品牌"),
    _field("model", "text", "modelname modelnumber mpn partnumber 型号"),
    _field(
        "category",
        "json",
        "categorypath categories categoryname categorycode producttype googleproductcategory department 类目 分类",
    ),
    _field("codes", "json", "code ean eans gtin gtin13 upc isbn barcode barcodes"),
    _field("price_minor", "whole", "pricecents priceincents"),
    _field("price", "money", "unitprice listprice saleprice retailprice 价格"),
    _field("currency", "currency", "currencycode pricecurrency"),
    _field(
        "stock_units",
        "whole",
        "stock inventory inventoryquantity stockquantity quantity qty available 库存",
    ),
    _field("attributes", "json", "attrs features specs specifications properties"),
    _field("variants", "json", "skus"),
    _field(
        "images", "json", "image imageurl imagelink imageurls imagesrc picture pictures img 图片"
    ),
    _field(
        "released_at_us",
        "time",
        "releasedat datereleased releasedate launchdate publishedat createdat",
    ),
    _field("updated_at_us", "time", "updatedat lastupdated modifiedat lastmodified"),
)

FIELDS: dict[Kind, tuple[Field, ...]] = {"events": EVENTS, "products": PRODUCTS}

# Names of the event types in other tools. Opening a product page is a click: the visitor chose it.
# ``view_item_list`` is a list on screen: an impression.
EVENT_TYPES = {
    "impression": "impressions view_item_list product_impression exposure expose show shown seen",
    "click": "clicks view views product_view productview view_item viewitem product_viewed detail"
    " page_view pageview pv item_view select_item product_click clicked detail_product_view",
    "dwell": "dwell_time read time_on_page user_engagement",
    "add_to_cart": "cart addtocart add_cart add_to_basket basket addtobasket added_to_cart"
    " product_added event_add_to_cart add",
    "remove_from_cart": "removefromcart remove_cart remove_from_basket product_removed remove",
    "purchase": "buy bought purchased order transaction sale checkout_complete order_completed"
    " ecommerce_purchase conversion",
    "cancel": "cancelled canceled cancellation return returned refund refunded order_cancelled",
    "review": "reviewed rating rate rated product_reviewed",
    "search": "searched view_search_results site_search query products_searched",
    "ad_impression": "ad_view ad_exposure view_promotion",
    "ad_click": "adclick select_promotion",
    "profile": "sign_up signup registration register registered identify",
}


def folded(name: str) -> str:
    """A column's name without case, spaces, ``_``, ``-`` and ``.``, which differ between shops.

    >>> folded("Customer ID"), folded("event_time")
    ('customerid', 'eventtime')
    """
    return "".join(c for c in name.casefold() if c.isalnum())
