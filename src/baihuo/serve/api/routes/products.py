"""Products: everybody may read them; writing them needs a key with the scope ``catalogue``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Depends, Path, Request
from fastapi.responses import Response

from baihuo.access import Scope
from baihuo.catalog import KEEP
from baihuo.core import NotFound
from baihuo.serve.api.access import NeedsScope, record_write
from baihuo.serve.api.batch_validation import refuse_batch, validate_batch
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.product_models import (
    OfferIn,
    OfferOut,
    ProductRemoved,
    ProductsIn,
    ProductsKept,
    ProductWhole,
    product_of,
)
from baihuo.serve.api.value_types import Id
from baihuo.serve.ids import now_us

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
