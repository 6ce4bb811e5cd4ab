"""Values and patterns that the rules of all tools share, as an engineer would keep them in one place."""

EVENT_TYPES = [
    *("impression", "click", "dwell", "add_to_cart", "remove_from_cart", "purchase", "cancel"),
    *("review", "search", "ad_impression", "ad_click", "profile"),
]
OF_A_PRODUCT = [
    "impression",
    "click",
    "add_to_cart",
    "remove_from_cart",
    "purchase",
    "cancel",
    "review",
]
CURRENCIES = ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "KRW", "SGD", "AUD", "CAD", "CHF"]
NOT_A_VALUE = r"(?i)^\s*(null|none|nan|n/a|undefined|unknown|-|无|空)?\s*$"
E_MAIL = r"[\w.+-]+@[\w-]+\.[a-zA-Z]{2,}"
PHONE = r"(?:^|\D)1[3-9]\d{9}(?:\D|$)|\+\d[\d -]{8,}\d"
MARKUP = r"</?[a-zA-Z][^>]*>|&[a-z]+;|&#\d+;"
DESTROYED = r"\ufffd|锟斤拷|Ã[\x80-\xbf]|â€|[\x80-\x9f]"
HIDDEN = r"[\u200b-\u200f\u202a-\u202e\ufeff\u00ad]"
HAN = r"[\u4e00-\u9fff]"
CODES = r"^(\d{8}|\d{12,14})?( (\d{8}|\d{12,14}))*$"
NOW_US = 4_102_444_800_000_000  # no date of a shop is after 2100
OLDEST_US = 631_152_000_000_000  # or before 1990
MINUTE_S, MONTH_S = 60.0, 30 * 86_400.0
