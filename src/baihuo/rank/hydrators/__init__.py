"""What candidates need to know before they are filtered and scored."""

from baihuo.rank.hydrators.click_features import ClickFeatures
from baihuo.rank.hydrators.click_model import ClickModel
from baihuo.rank.hydrators.offers import Offers
from baihuo.rank.hydrators.purchase_order import PurchaseOrder
from baihuo.rank.hydrators.standing import StandingOf
from baihuo.rank.hydrators.taste import Taste

__all__ = ["ClickFeatures", "ClickModel", "Offers", "PurchaseOrder", "StandingOf", "Taste"]
