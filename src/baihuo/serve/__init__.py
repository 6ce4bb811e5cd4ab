"""The shop over HTTP: an API for events, products and pages, and a storefront.

::

    supervisor      worker processes on one socket
      app           one application; its routes are imported by the first request to them
        lifespan    what it holds open
        storefront  pages for people
        api         endpoints for programs
          worker    the release that serves, its stores, and the threads that keep it up to date
            traffic what every request meets first: limits of connections, bodies and rates, and the queue of pages

Names are imported when they are first used: a command that needs one of them does not load the others.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
