"""The shop over HTTP: an API for events, products and pages, and a storefront.

::

    supervisor      worker processes on one socket
      app           one application
        storefront  pages for people
        api         endpoints for programs
          worker    the release that serves, its stores, and the threads that keep it up to date

Names are imported when they are first used: a command that needs one of them does not load the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baihuo.serve.api.response_models import page_json
    from baihuo.serve.app import create_app
    from baihuo.serve.config import ServeConfig
    from baihuo.serve.supervisor import run
    from baihuo.serve.worker.serving_state import ServingState, open_serving_state

_MODULES = {
    "ServeConfig": "config",
    "ServingState": "worker.serving_state",
    "create_app": "app",
    "open_serving_state": "worker.serving_state",
    "page_json": "api.response_models",
    "run": "supervisor",
}

__all__ = [
    "ServeConfig",
    "ServingState",
    "create_app",
    "open_serving_state",
    "page_json",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
