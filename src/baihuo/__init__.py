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

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
