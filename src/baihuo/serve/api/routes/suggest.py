"""Completions of what somebody types."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from baihuo.core import has_han
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.request_models import SuggestRequest
from baihuo.serve.api.response_models import SuggestionsOut, suggestions_json

router = APIRouter(prefix="/v1", tags=["pages"], route_class=StrictRoute)


@router.get(
    "/suggest",
    responses={200: {"model": SuggestionsOut}, **problems(422, 503)},
    summary="Complete what is typed",
)
async def suggest(parameters: Annotated[SuggestRequest, Query()], worker: WorkerDep) -> Response:
    """Searches that several visitors typed, categories, and products: by the beginning of a word, by pinyin and initials, and with
    a letter wrong. Nothing is logged."""
    suggester, generation = worker.suggester()
    found = suggester.suggest(parameters.q, n=parameters.n)
    language = parameters.language or ("zh" if has_han(parameters.q) else "en")
    return Response(suggestions_json(found, generation, language), media_type="application/json")
