"""A sample shop whose truth is known: catalogue, shoppers, clicks, dirt, all from one seed."""

from baihuo.simulate.shop import SPAN_DAYS, UNTIL_US, SampleShop, make_shop

__all__ = ["SPAN_DAYS", "UNTIL_US", "SampleShop", "make_shop"]
