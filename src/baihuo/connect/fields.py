"""The shop's fields: what each may be called elsewhere, and what it must be.

A new name that shops use for a field is one more word here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from baihuo.connect.rows import Kind

FieldType: TypeAlias = Literal[
    "id", "text", "event_type", "time", "whole", "small", "number", "money", "currency", "json"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of events or products as a file may hold it."""

    name: str
    type: FieldType
    also: tuple[str, ...] = ()  # other usual names, folded: lower case, no space, _ or -
    is_needed: bool = False


def _field(name: str, type_: FieldType, also: str = "", *, needed: bool = False) -> Field:
    return Field(name, type_, tuple(also.split()), needed)


EVENTS = (
    _field("event_id", "id", "id uuid uid messageid hitid"),
    _field(
        "event_type",
        "event_type",
        "event eventname type action actionname behavior behaviortype behaviour activity interaction",
        needed=True,
    ),
    _field(
        "visitor_id",
        "id",
        "visitor user userid uid customer customerid customernumber buyerid clientid memberid"
        " accountid shopperid deviceid userpseudoid anonymousid",
        needed=True,
    ),
    _field(
        "occurred_at_us",
        "time",
        "occurredat time timestamp eventtime eventtimestamp eventdate date datetime ts createdat at"
        " unixtime clienttime invoicedate occurredatms occurredats timestampms timestampus",
        needed=True,
    ),
    _field("received_at_us", "time", "receivedat servertime servertimestamp ingestedat loggedat"),
    _field("session_id", "id", "session usersession visitid sessionkey gasessionid"),
    _field("query_id", "id", "searchid requestid impressionid"),
    _field(
        "query_text",
        "text",
        "query searchquery searchterm searchterms keyword keywords q term userquery",
    ),
    _field(
        "product_id",
        "id",
        "product item itemid sku skuid productcode itemcode articleid asin goodsid stockcode objectid"
        " productsku listingid contentid",
    ),
    _field("variant_id", "id", "variant variantsku itemvariant"),
    _field(
        "order_id", "id", "order transactionid invoice invoiceno invoicenumber orderno ordernumber"
    ),
    _field("surface", "text", "page pagetype placement widget"),
    _field("position", "small", "rank slot pos itemlistposition"),
    _field("propensity", "number", "propensityscore actionprob pscore"),
    _field("price_minor", "whole", "pricecents priceincents unitpriceminor"),
    _field("price", "money", "unitprice itemprice amount priceamount saleprice"),
    _field("currency", "currency", "currencycode"),
    _field("quantity", "whole", "qty units count itemquantity"),
    _field(
        "dwell_ms",
        "whole",
        "dwell dwelltime dwelltimems timeonpagems durationms engagementtimemsec",
    ),
    _field("rating", "number", "stars score overall reviewrating"),
    _field("text", "text", "review reviewtext comment body reviewbody content"),
    _field("platform", "text", "channel"),
    _field("device", "text", "devicetype devicecategory"),
    _field("country", "text", "countrycode geo"),
)

PRODUCTS = (
    _field(
        "product_id",
        "id",
        "id product item itemid sku skuid productcode itemcode articleid asin goodsid stockcode handle",
        needed=True,
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

# What the field's tools call the event types. A product's own page being opened is a click: it is
# the visitor's choice. ``view_item_list`` is a list being on screen: an impression.
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
}


def folded(name: str) -> str:
    """A column's name without what differs between shops: case, spaces, ``_``, ``-``, ``.``.

    >>> folded("Customer ID"), folded("event_time")
    ('customerid', 'eventtime')
    """
    return "".join(c for c in name.casefold() if c.isalnum())
