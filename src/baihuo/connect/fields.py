"""The fields of events and products: the names other systems use for each, and its type.

To recognise another name of a field, add it here. The fields of events come from
:class:`baihuo.core.Event`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from baihuo.connect.rows import Kind
from baihuo.core import Event, ValueType, event_fields

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
