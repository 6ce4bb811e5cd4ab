"""Products in requests and responses, and the :class:`Product` that a row becomes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from baihuo.core import Product, Variant
from baihuo.serve.api.batch_validation import LISTED, MAX_ROWS, Rejected
from baihuo.serve.api.problems import printable
from baihuo.serve.api.value_types import Count, Currency, Id, Minor

_Title = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
_Text = Annotated[str, StringConstraints(max_length=50_000)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Step = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^>]+$")]
_Value = Annotated[str, StringConstraints(max_length=2_000)] | bool | float


def _values(value: object) -> object:
    """One error for the first wrong value; a union of three types would report three for each."""
    for name, attribute in value.items() if isinstance(value, dict) else ():
        if not isinstance(attribute, (str, bool, int, float)):
            raise ValueError(
                f"{printable(name)!r} is neither a string, a number nor true/false; send one of them"
            )
    return value


_Attributes = Annotated[dict[_Name, _Value], Field(max_length=500), BeforeValidator(_values)]
_MAX_ATTRIBUTES = 5_000  # of all variants of a product: every search reads them
_Strict = ConfigDict(extra="forbid")


class VariantIn(BaseModel):
    """One buyable form of a product."""

    model_config = _Strict

    variant_id: Id
    attributes: _Attributes = {}
    price_minor: Minor | None = None
    stock_units: Count | None = None
    codes: list[_Name] = Field(default=[], max_length=50)


class ProductIn(BaseModel):
    """A complete product. It replaces the stored one: a field that is left out is removed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "product_id": "p-1",
                    "title_en": "Phone",
                    "title_zh": "手机",
                    "brand": "Acme",
                    "category": ["Electronics", "Phones"],
                    "price_minor": 19900,
                    "currency": "EUR",
                    "stock_units": 3,
                    "attributes": {"Colour": "Red"},
                }
            ]
        },
    )

    product_id: Id
    title_en: _Title | None = None
    title_zh: _Title | None = None
    description_en: _Text | None = None
    description_zh: _Text | None = None
    brand: _Name | None = None
    model: _Name | None = None
    category: list[_Step] = Field(default=[], max_length=10, description="Broad to narrow")
    codes: list[_Name] = Field(default=[], max_length=50)
    price_minor: Minor | None = Field(default=None, description="null: not for sale")
    currency: Currency | None = None
    stock_units: Count | None = Field(default=None, description="null: not tracked")
    attributes: _Attributes = {}
    variants: list[VariantIn] = Field(default=[], max_length=500)
    images: list[_Title] = Field(default=[], max_length=50)
    released_at_us: Count | None = None

    @model_validator(mode="after")
    def _has_title(self) -> ProductIn:
        if not (self.title_en or self.title_zh):
            raise ValueError("a product has no title; add title_en or title_zh")
        return self

    @model_validator(mode="after")
    def _few_attributes(self) -> ProductIn:
        if sum(len(v.attributes) for v in self.variants) > _MAX_ATTRIBUTES:
            raise ValueError(
                f"the variants have more than {_MAX_ATTRIBUTES:,} attributes together; send only those in "
                "which they differ"
            )
        return self


class ProductsIn(BaseModel):
    """A batch of products."""

    model_config = _Strict

    products: list[Any] = Field(
        min_length=1,
        max_length=MAX_ROWS,
        json_schema_extra={"items": {"$ref": "#/components/schemas/ProductIn"}},
    )


class ProductsKept(BaseModel):
    """The result of a batch. The kept rows are on the disk when it is sent."""

    n_new: int
    n_changed: int
    n_same: int
    n_rejected: int
    rejected: list[Rejected] = Field(default=[], description=LISTED)
    n_not_listed: int = Field(default=0, description="Rejected rows that `rejected` leaves out")


class ProductWhole(ProductIn):
    """A product as it is now."""

    model_config = ConfigDict(extra="ignore")

    updated_at_us: int | None = None


class OfferIn(BaseModel):
    """A new price, a new stock, or both. null is a value: not for sale, or stock not tracked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"price_minor": 17900, "stock_units": 2}],
            "minProperties": 1,
        },
    )

    price_minor: Minor | None = None
    stock_units: Count | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> OfferIn:
        if not self.model_fields_set:
            raise ValueError("nothing to change; send price_minor, stock_units or both")
        return self


class OfferOut(BaseModel):
    """Price and stock as they are now."""

    product_id: str
    price_minor: int | None
    stock_units: int | None


class ProductRemoved(BaseModel):
    """A product that no page shows any longer."""

    product_id: str


def product_of(row: object, at_us: int) -> Product:
    """The product of a row.

    Args:
        row: As it came in the JSON.
        at_us: The time of the request, which the product keeps as ``updated_at_us``.

    Raises:
        ValidationError: a field is missing, misspelt or out of range.
    """
    product = ProductIn.model_validate(row)
    values = {name: getattr(product, name) for name in ProductIn.model_fields}
    for name in ("codes", "images"):
        values[name] = tuple(values[name])
    values["category"] = tuple(step.strip() for step in product.category if step.strip())
    values["variants"] = tuple(
        Variant(**{**v.model_dump(), "codes": tuple(v.codes)}) for v in product.variants
    )
    return Product(**values, updated_at_us=at_us)
