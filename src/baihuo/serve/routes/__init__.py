"""The endpoints, one file a noun. Each module has a ``router``."""

from baihuo.serve.routes import events, health, pages, products

__all__ = ["events", "health", "pages", "products"]
