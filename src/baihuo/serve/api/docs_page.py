"""The page of the API at /docs: Swagger UI, whose files are installed, so that it needs no network."""

from __future__ import annotations

from pathlib import Path

import fastapi_offline
import orjson
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from baihuo.serve.traffic.shared_bytes import SharedBytes

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_PAGE = Path(__file__).with_name("templates") / "docs.html"


def add_docs(app: FastAPI) -> None:
    """Add ``/docs`` and ``/openapi.json`` to ``app``, which was made without them."""
    page = _PAGE.read_text(encoding="utf-8")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=_HEADERS)

    app.state.description = SharedBytes(lambda: orjson.dumps(app.openapi()))

    # FastAPI remembers endpoints beyond the application's end: one that holds the application would keep it.
    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        return Response(await request.app.state.description.get(), media_type="application/json")

    files = Path(fastapi_offline.__file__).with_name("static")
    app.mount("/docs/assets", StaticFiles(directory=files), name="docs")
