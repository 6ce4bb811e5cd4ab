"""What a visitor says of themselves, and what is known of them before the first click."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from baihuo.access import MAX_SIGNED_ID, Scope
from baihuo.core import CONSENT_FIELDS, is_consented
from baihuo.serve.api.access import NeedsScope, access_of
from baihuo.serve.api.basics_models import ProfileIn, ProfileOut
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.value_types import Id
from baihuo.serve.ids import now_us
from baihuo.serve.worker.profile_event import profile_event

router = APIRouter(prefix="/v1", tags=["visitors"], route_class=StrictRoute)
_VisitorId = Annotated[
    Id, Path(description="The browser or account, signed unless a key comes with it")
]
_N_NAMED = 20  # categories that an error lists


@router.post(
    "/visitors/{visitor_id}/profile",
    responses={200: {"model": ProfileOut}, **problems(401, 422, 503)},
    summary="What a visitor says at sign-up",
)
async def keep_profile(
    request: Request, visitor_id: _VisitorId, profile: ProfileIn, worker: WorkerDep
) -> Response:
    """Keeps declared interests, region, language and so on. Responds when they are on the disk.

    The next page of this visitor, if nothing is clicked yet, is ordered by them, and training learns from them.
    Interests are names of categories of the catalogue, at any level; an empty list takes them back. An empty profile
    changes nothing.
    """
    visitor_id = access_of(request).sender(request, Scope.EVENTS).visitor(visitor_id)
    state = worker.state()
    basics = profile.basics(profile.language)
    categories = state.category_names()
    for place, name in enumerate(profile.interests):
        if name not in categories:
            raise _no_category(place, name, categories)
    if not basics:
        return _answer(visitor_id, worker)
    known = state.feature_state.basics(visitor_id)
    is_changed = basics.over(known) != known
    event = replace(
        profile_event(visitor_id, basics, now_us()),
        **{name: getattr(profile, name) for name in CONSENT_FIELDS},
    )
    changes = [event] if is_changed else []
    await asyncio.wrap_future(worker.submit(changes))  # without one: what waits is written
    if is_consented(event, absent=worker.absent_consent):
        state.feature_state.remember(visitor_id, basics)  # the next page need not wait for the log
    worker.wake()
    return _answer(visitor_id, worker)


@router.get(
    "/visitors/{visitor_id}/profile",
    responses={200: {"model": ProfileOut}, **problems(401, 422, 503)},
    summary="What is known of a visitor before the first click",
)
async def read_profile(request: Request, visitor_id: _VisitorId, worker: WorkerDep) -> Response:
    """Everything null, and no interests, where nothing is known."""
    visitor_id = access_of(request).sender(request, Scope.SEARCH).visitor(visitor_id)
    return _answer(visitor_id, worker)


class VisitorIn(BaseModel):
    """A visitor whom the shop's own server knows."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: Annotated[Id, Field(max_length=MAX_SIGNED_ID, examples=["account-17"])]


class VisitorToken(BaseModel):
    """A signed visitor id."""

    visitor_id: str = Field(
        description="As the shop stores it: with `privacy.ids: hmac`, a pseudonym"
    )
    token: str = Field(
        description="Stands for the id wherever a request names a visitor",
        examples=["account-17.q3…"],
    )


@router.post(
    "/visitors/token",
    responses={200: {"model": VisitorToken}, **problems(401, 403, 422)},
    dependencies=[Depends(NeedsScope(Scope.EVENTS))],
    summary="Sign a visitor id",
)
async def sign_visitor(request: Request, visitor: VisitorIn) -> VisitorToken:
    """For pages of your own: your server asks for the token of a visitor who is logged in, and hands it to their browser,
    which then may search and send events for them without a key, and events of long ago, too."""
    access = access_of(request)
    stored_id = access.identities.of(visitor.visitor_id)
    return VisitorToken(visitor_id=stored_id, token=access.tokens.sign(stored_id, for_server=True))


def _no_category(place: int, name: str, known: Counter[str]) -> RequestValidationError:
    named = ", ".join(sorted(known, key=lambda n: (-known[n], n))[:_N_NAMED])
    return RequestValidationError(
        [
            {
                "type": "value_error",
                "loc": ("body", "interests", place),
                "msg": f"{name!r} is no category of the catalogue; name one as the catalogue does, for example {named}",
                "input": name,
            }
        ]
    )


def _answer(visitor_id: str, worker: WorkerDep) -> Response:
    known = worker.state().feature_state.basics(visitor_id)
    content = ProfileOut.of(visitor_id, known).model_dump_json()
    return Response(content, media_type="application/json")
