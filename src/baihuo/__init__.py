"""Search, recommendations and customer service that learn from what shoppers do next, for Python.

>>> import baihuo
>>> checked = baihuo.check(events="log.csv", products="catalogue.csv")  # doctest: +SKIP
>>> checked.report.verdict, checked.events.num_rows  # doctest: +SKIP
('ok', 41816)
>>> with baihuo.Shop.open("shop") as shop:  # doctest: +SKIP
...     shop.search("red kettle")["results"][0]["product_id"]
'p-17'

What is listed here stays as it is between versions; every other module may change (docs/python.md).
"""

import os

import lazy_loader

# Threads of OpenMP (LightGBM, scikit-learn, torch) sleep while they wait: where other programs need the cores, too, spinning
# cost 39 s of CPU against 4 (docs/decisions/0029). The libraries read it when they are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
