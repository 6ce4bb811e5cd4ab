from .click_tokens import ClickRefused as ClickRefused, ServedAd as ServedAd
from .seller import AdSeller as AdSeller
from .settings import AdsSettings as AdsSettings
from .shown import AdReason as AdReason, ShownAd as ShownAd
