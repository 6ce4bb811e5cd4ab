"""Whether a person answers at the desk now, for the shopper's chat."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from baihuo.assist import opens_text
from baihuo.serve.api.dependencies import StrictRoute, problems
from baihuo.serve.api.desk_room import desk_room_of
from baihuo.serve.ids import now_us

router = APIRouter(prefix="/v1/assist", tags=["assist"], route_class=StrictRoute)


class DeskOut(BaseModel):
    """The desk as a shopper sees it."""

    is_open: bool = Field(description="Somebody is on duty, within the opening hours.")
    opens: str = Field(
        default="",
        description="Outside of the hours: when they begin, as a text. Empty: within them, or there are none.",
        examples=["on Monday at 09:00 (Europe/Berlin)"],
    )


@router.get("/desk", responses=problems(422), summary="Whether a person answers now")
def desk(
    request: Request,
    language: Annotated[Literal["en", "zh"], Query(description="Of `opens`.")] = "en",
) -> DeskOut:
    """A conversation that was handed over waits until somebody is there. It says nothing of who."""
    room = desk_room_of(request)
    state = room.state(at_us=now_us())
    return DeskOut(is_open=state.is_open, opens=opens_text(state, language))
