"""The team's key. Endpoints that write products, or read rows and judgements, need it.

``baihuo quarantine key`` prints it, and creates it the first time.
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
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """A dependency that requires the team's key. ``StrictRoute`` looks for it, to check the key before the body.

    Raises:
        NotAllowed: the shop has no key yet, or the request has none or another one.
    """
    require_key(request)


def require_key(request: Request) -> None:
    """Check the ``Authorization`` header of a request.

    Raises:
        NotAllowed: the shop has no key yet, or the request has none or another one.
    """
    path = ShopPaths(request.app.state.shop).team_key_file
    key = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    if not key or not hmac.compare_digest(key.encode(), token.encode()):
        raise NotAllowed(
            "this endpoint is for the team of the shop",
            fix="send `Authorization: Bearer KEY` with the key that `baihuo quarantine key` prints",
        )
