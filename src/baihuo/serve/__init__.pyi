from .api.response_models import page_json
from .app import create_app
from .config import ServeConfig
from .supervisor import run
from .traffic.settings import TrafficSettings
from .worker.serving_options import ServingOptions
from .worker.serving_state import ServingState, open_serving_state

__all__ = [
    "ServeConfig",
    "ServingOptions",
    "ServingState",
    "TrafficSettings",
    "create_app",
    "open_serving_state",
    "page_json",
    "run",
]
