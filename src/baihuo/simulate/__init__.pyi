from .service.write import SampleService, write_service
from .shop import SPAN_DAYS, UNTIL_US, SampleShop, make_shop

__all__ = [
    "SPAN_DAYS",
    "UNTIL_US",
    "SampleService",
    "SampleShop",
    "make_shop",
    "write_service",
]
