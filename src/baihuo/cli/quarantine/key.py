"""``baihuo quarantine key``: what the one key of earlier versions was printed by."""

from __future__ import annotations

from baihuo.cli.context import ShopOption
from baihuo.core import Unsupported


def key(shop: ShopOption = None) -> None:
    """Keys have names and scopes now: see `baihuo keys`.

    \b
    baihuo keys create team --scope catalogue --scope merchandiser
    """
    raise Unsupported(
        "keys have names and scopes now, and are shown once; a key that was made before stays valid",
        fix="baihuo keys create NAME --scope catalogue --scope merchandiser",
    )
