"""The team's key: asked for where products are written and where rows, judgements and people's words are read.

``baihuo quarantine key`` prints it, and makes it the first time.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from baihuo.core import ShopError, ShopPaths

_bearer = HTTPBearer(auto_error=False, description="The key that `baihuo quarantine key` prints")


class NotAllowed(ShopError):
    """The key is missing or wrong."""

    status = 401


async def with_key(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """A dependency that lets in who has the shop's key. Routes look for it and ask before they read the body.

    Raises:
        NotAllowed: there is no key yet, or another one was sent.
    """
    require_key(request)


def require_key(request: Request) -> None:
    """Let in who has the shop's key.

    Raises:
        NotAllowed: there is no key yet, or another one was sent.
    """
    path = ShopPaths(request.app.state.shop).team_key_file
    key = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    sent = sent.strip() if scheme.lower() == "bearer" else ""
    if not key or not hmac.compare_digest(key.encode(), sent.encode()):
        raise NotAllowed(
            "this is for the team behind the shop",
            fix="send `Authorization: Bearer KEY` with the key that `baihuo quarantine key` prints",
        )
