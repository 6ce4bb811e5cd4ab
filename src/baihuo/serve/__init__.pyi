from .api.response_models import page_json as page_json
from .app import create_app as create_app
from .config import ServeConfig as ServeConfig
from .supervisor import run as run
from .traffic.settings import TrafficSettings as TrafficSettings
from .worker.serving_state import (
    ServingOptions as ServingOptions,
    ServingState as ServingState,
    open_serving_state as open_serving_state,
)
