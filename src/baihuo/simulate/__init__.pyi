from .shop import SPAN_DAYS, UNTIL_US, SampleShop, make_shop

__all__ = [
    "SPAN_DAYS",
    "UNTIL_US",
    "SampleShop",
    "make_shop",
]
