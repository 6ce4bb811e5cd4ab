"""Serving: checks before the server starts, and its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from baihuo.flow.people import (
    all_accounts,
    has_keys,
    has_made_key,
    is_loopback,
    record_settings,
    require_keys_beyond_loopback,
)
from baihuo.flow.resources import close_to_others, is_released, require_servable
from baihuo.flow.service import assist_setup
from baihuo.settings import Shop

if TYPE_CHECKING:
    from baihuo.serve import ServeConfig


def serve(
    shop: Shop,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    announce: Callable[[str], None] = lambda line: None,
) -> None:
    """serve: API and storefront, until stopped.

    Args:
        announce: Takes lines for the operator: the address, when listening, and warnings.

    Raises:
        BadInput: this version cannot read the models of the live bundle, or other machines could reach a shop without a key.
    """
    from baihuo.serve import run  # loads FastAPI, which other stages do not need

    require_servable(shop)
    settings = shop.settings()
    host = host or settings.serve.host
    require_keys_beyond_loopback(shop, host)
    close_to_others(shop)
    record_settings(shop)

    def listening(bound_port: int) -> None:
        name = f"[{host}]" if ":" in host else host
        announce(f"storefront: http://{name}:{bound_port}   API: http://{name}:{bound_port}/docs")
        if settings.serve.console.enabled and all_accounts(shop):
            announce(f"console: http://{name}:{bound_port}/console")
        for line in missing(shop, host):
            announce(line)

    run(
        shop.root,
        host=host,
        port=settings.serve.port if port is None else port,
        workers=workers or settings.serve.workers,
        config=_config(shop),
        reload=lambda: _config(shop),
        listening=listening,
    )


def _config(shop: Shop) -> ServeConfig:
    """Return the server's configuration from ``shop.yaml``."""
    from baihuo.serve import ServeConfig

    settings = shop.settings()
    return ServeConfig(
        name=settings.name,
        languages=settings.languages,
        is_simulation=settings.is_simulation,
        swap_probability=settings.serve.exploration.swap_probability,
        slot_probability=settings.serve.exploration.slot_probability,
        visitors=settings.serve.visitors,
        allowed_hosts=settings.serve.allowed_hosts,
        allowed_origins=settings.serve.allowed_origins,
        picture_hosts=settings.serve.picture_hosts,
        disk_reserve_bytes=settings.serve.disk_reserve_mb * 1_000_000,
        upkeep_s=60.0 * settings.serve.upkeep_minutes,
        served_days=settings.privacy.retention.served_days,
        log=settings.serve.log,
        privacy=settings.privacy,
        console=settings.serve.console,
        assist=assist_setup(settings),
        desk=settings.desk,
        ads=settings.ads,
        currency=settings.currency,
        traffic=settings.serve.traffic(),
        order_switches=tuple(settings.surfaces.switches().items()),
        diversity=settings.surfaces.home.diversity,
    )


def missing(shop: Shop, host: str) -> list[str]:
    """Return warnings for the operator of a starting server, with the command that helps."""
    lines = []
    if not is_released(shop):
        lines.append(
            "no bundle was released yet, so pages return 503: baihuo train, then baihuo release"
        )
    settings = shop.settings().serve
    if not has_keys(shop):
        lines.append(
            "no key is valid, so writing products and sending purchases is refused: baihuo keys create NAME --scope admin"
            if has_made_key(shop)
            else "no key was made: writing products is refused, any visitor id is accepted, and forwarded headers of proxies are ignored: "
            "baihuo keys create NAME --scope admin"
        )
    elif settings.visitors == "open":
        lines.append("serve.visitors is open: a guessed visitor id gives access to its history")
    if settings.console.enabled and not all_accounts(shop):
        lines.append(
            "no account was made, so /console is off: baihuo accounts create NAME --role engineer"
        )
    if not is_loopback(host) and not settings.allowed_hosts:
        lines.append(
            "serve.allowed_hosts is empty: requests to any host name are answered; list yours in shop.yaml"
        )
    return lines
