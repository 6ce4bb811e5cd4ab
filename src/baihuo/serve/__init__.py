"""The shop over HTTP: pages out, events and products in."""

from baihuo.serve.app import create_app
from baihuo.serve.config import ServeConfig
from baihuo.serve.run import run

__all__ = ["ServeConfig", "create_app", "run"]
