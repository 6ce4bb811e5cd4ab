from .advertisers import ADVERTISERS as ADVERTISERS, CAMPAIGNS as CAMPAIGNS
from .reachable import Reachable as Reachable, reachable as reachable
from .service.write import SampleService as SampleService, write_service as write_service
from .shop import (
    SPAN_DAYS as SPAN_DAYS,
    UNTIL_US as UNTIL_US,
    SampleShop as SampleShop,
    make_shop as make_shop,
)
