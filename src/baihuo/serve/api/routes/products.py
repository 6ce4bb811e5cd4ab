"""Products: everybody may read them; writing them needs a key with the scope ``catalogue``."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Path, Request
from fastapi.responses import Response
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from baihuo.access import Scope
from baihuo.catalog import KEEP
from baihuo.core import NotFound, Product, Variant
from baihuo.serve.api.access import NeedsScope, record_write
from baihuo.serve.api.batch_validation import (
    LISTED,
    MAX_ROWS,
    Rejected,
    refuse_batch,
    validate_batch,
)
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.fields import Count, Currency, Id, Minor
from baihuo.serve.api.problems import printable
from baihuo.serve.ids import now_us

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


router = APIRouter(prefix="/v1", tags=["products"], route_class=StrictRoute)
_WRITES = NeedsScope(Scope.CATALOGUE)

_ProductId = Annotated[Id, Path(description="The id in the catalogue")]


@router.get(
    "/products/{product_id:path}",
    responses={200: {"model": ProductWhole}, **problems(404, 422)},
    summary="One product",
)
async def get_product(product_id: _ProductId, worker: WorkerDep) -> Response:
    """A product with its price and stock as they are now."""
    return Response(orjson.dumps(worker.catalog.get(product_id)), media_type="application/json")


@router.post(
    "/products",
    responses={200: {"model": ProductsKept}, **problems(401, 403, 413, 422, 500, 503, 507)},
    dependencies=[Depends(_WRITES)],
    summary="Products, in batches",
)
async def put_products(request: Request, batch: ProductsIn, worker: WorkerDep) -> Response:
    """Keeps the valid products and reports the others. Searches of this worker find a few products when this answers, those of
    others within a second."""
    at_us = now_us()
    # In a thread: validating a large batch takes longer than a visitor should wait for a page.
    validated = await asyncio.to_thread(
        validate_batch, batch.products, lambda row: product_of(row, at_us)
    )
    if not validated.kept:
        return refuse_batch(request, validated)
    counts = await asyncio.to_thread(worker.catalog.upsert, validated.kept)
    changed = {"n_new": counts.n_new, "n_changed": counts.n_changed, "n_same": counts.n_same}
    await record_write(request, "products.write", detail=changed)
    await asyncio.to_thread(worker.show_changes)
    result = ProductsKept(
        n_new=counts.n_new,
        n_changed=counts.n_changed,
        n_same=counts.n_same,
        n_rejected=validated.n_rejected,
        rejected=validated.rejected,
        n_not_listed=validated.n_not_listed,
    )
    return Response(result.model_dump_json(), media_type="application/json")


@router.patch(
    "/products/{product_id:path}",
    responses={200: {"model": OfferOut}, **problems(401, 403, 404, 422, 500, 503, 507)},
    dependencies=[Depends(_WRITES)],
    summary="Price and stock",
)
async def set_offer(
    request: Request, product_id: _ProductId, offer: Annotated[OfferIn, Body()], worker: WorkerDep
) -> Response:
    """Changes price or stock. This worker knows it when it answers, every other within a second."""
    changed = offer.model_fields_set
    stored = await asyncio.to_thread(
        worker.catalog.set_offer,
        product_id,
        price_minor=offer.price_minor if "price_minor" in changed else KEEP,
        stock_units=offer.stock_units if "stock_units" in changed else KEEP,
    )
    await asyncio.to_thread(worker.show_changes)
    result = OfferOut(
        product_id=product_id, price_minor=stored.price_minor, stock_units=stored.stock_units
    )
    await record_write(
        request, "products.offer", subject=product_id, detail=offer.model_dump(exclude_unset=True)
    )
    return Response(result.model_dump_json(), media_type="application/json")


@router.delete(
    "/products/{product_id:path}",
    responses={200: {"model": ProductRemoved}, **problems(401, 403, 404, 422, 500, 503, 507)},
    dependencies=[Depends(_WRITES)],
    summary="Remove a product",
)
async def remove_product(request: Request, product_id: _ProductId, worker: WorkerDep) -> Response:
    """Removes a product from the catalogue. Within a second no page shows it; an import that names it brings it back."""
    if not await asyncio.to_thread(worker.catalog.remove, [product_id]):
        raise NotFound(
            f"there is no product {product_id!r}", fix="GET /v1/search lists the ids of products"
        )
    await record_write(request, "products.remove", subject=product_id)
    await asyncio.to_thread(worker.show_changes)
    return Response(
        ProductRemoved(product_id=product_id).model_dump_json(), media_type="application/json"
    )
