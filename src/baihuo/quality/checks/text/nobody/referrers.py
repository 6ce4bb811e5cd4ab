"""Referrers that no shopper came from: developers' machines, spam that wants to be read, addresses that are none.

A referrer may be a bare word (``google``, ``newsletter``, ``(direct)``): only what has the form of an address is judged.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from baihuo.quality.checks.text.nobody.machine import OBJECT, SCRIPT, TEMPLATE
from baihuo.quality.checks.text.nobody.queries import ATTACK
from baihuo.quality.checks.text.nobody.rule import Rule, matches

_SPAM = (
    r"(?:^|[.-])(?:casinos?|poker|slots?|jackpot|betting|bet\d*|viagra|cialis|pharma(?:cy)?|pills|porn\w*|xxx|sex(?:y|cams?|chat)?|escorts?|nude|cams|loans?|payday|forex|crypto\w*|bitcoins?|seo|backlinks?|traffic|followers|replica|"
    r"torrents?|warez|lottery|giveaways?)(?=[.\d-]|$)|"
    r"buttons?-for|for-?your-?website|free-?(?:seo|traffic|share|social|video|iphone|money|gift|bitcoin|backlink|viagra)|get-?free|traffic-?(?:bot|monet|generat|2money|exchange|cash)|(?:buy|cheap|best|top|get|rank|increase|boost)-?(?:seo|traffic|ranks?|backlinks?|followers|likes|viagra|cialis|pills|essay\w*|links)|"
    r"semalt|darodar|ilovevitaly|priceg|blackhatworth|hulfingtonpost|econom\.co|simple-share|social-?buttons?|share-?buttons?|success-?seo|video--?production|event-?tracking|o-o-\d|100dollars|make-?money|earn-?money|work-?from-?home|rank-?checker|website-?(?:analyzer|errors|promot)|site-?auditor|"
    r"(?:google|web|site)-?(?:rank|promot)|claim-?your|you-?won|win-?(?:iphone|prize|big)|online-?(?:casino|pharmacy|loans)|essay-?writ|hot-?(?:girls|singles)|(?:博彩|彩票|娱乐城|澳门|赌场|棋牌|六合|色情)"
)
_OF_DEVELOPERS = (
    r"(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|corp|home|invalid|test|localtest\.me|home\.arpa|ngrok(?:-free)?\.(?:io|app|dev)|loca\.lt|lvh\.me|nip\.io|sslip\.io|trycloudflare\.com|"
    r"gitpod\.io|github\.dev|codesandbox\.io|stackblitz\.io|webcontainer\.io|repl\.co|csb\.app)$|"
    r"(?:^|[.-])(?:staging|stage|stg|dev|devel|develop|development|testing|test|qa|uat|sit|preprod|pre-?prod|preview|sandbox|canary|nonprod|integration)(?:-?\d+)?(?=\..*\.)|^(?:staging|stg|dev|qa|uat|sit|preprod)-|(?:^|\.)(?:jenkins|gitlab|jira|grafana|kibana|swagger|storybook|confluence)(?=\..*\.)"
)
# a parameter of an advertisement that its network fills in: {campaignid}, [SOURCE]
_MACRO = r"(?<![A-Za-z0-9])(?:\{[a-z]{3,30}(?::[a-z]+)?\}|\[[A-Z]{3,30}\])(?![A-Za-z0-9])"
_SCHEMES = (
    "http",
    "https",
    "android-app",
    "ios-app",
    "app",
    "weixin",
    "wechat",
    "alipays",
    "taobao",
    "miniprogram",
)
_is_spam, _is_of_developers = matches(_SPAM), matches(_OF_DEVELOPERS)
_has_form = matches(r"^[a-z][a-z0-9+.-]*:\S|//|^[a-z]:\\|^\\\\|^www\.|^https?\b")
_is_wrong = matches(
    r"^https?(?!s?://)|^(?:https?://){2}|https?://.*^https?|^http://https?:?/|^https?:///|^(?:https?:)?//(?:[/?#:]|$)|^//?$|^https?://[^/?#]*[\s<>\"{}|\\^`,;]|\s|^www\.(?:[^.]*)$|^ttps?:|^hxxps?:|^https?://\.|^https?://[^/?#]*\.\."
)


def _host(text: str) -> str | None:
    """The host of an address in lower case; "" of one without; None where it cannot be read."""
    try:
        return (urlsplit(text if "//" in text else f"//{text}").hostname or "").lower()
    except ValueError:
        return None


def _is_internal(text: str) -> bool:
    scheme = text.partition(":")[0].lower()
    if scheme in (
        "file",
        "about",
        "data",
        "blob",
        "javascript",
        "view-source",
        "content",
        "chrome",
        "edge",
        "devtools",
    ) or scheme.endswith("-extension"):
        return ":" in text
    if text[1:3] == ":\\" or text.startswith("\\\\"):
        return True
    host = _host(text) or ""
    if _is_of_developers(host):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        try:
            port = urlsplit(text).port
        except ValueError:
            return False
        return port is not None and port not in (80, 443) and port >= 1024
    return (
        address.is_private or address.is_loopback or address.is_unspecified or address.is_link_local
    )


def _is_malformed(text: str) -> bool:
    if _is_wrong(text) or _host(text) is None:
        return True
    scheme, mark, _ = text.partition("://")
    host = _host(text) or ""
    if not mark or scheme.lower() not in ("http", "https"):
        return False
    return (
        not host
        or ("." not in host and ":" not in host)
        or host.endswith(".")
        or host.startswith("-")
    )


REFERRER_RULES: tuple[Rule, ...] = (
    SCRIPT,
    Rule(
        "a machine of developers, or a file",
        r"[:/\\.]",
        lambda text: _has_form(text) and _is_internal(text),
    ),
    Rule("spam", r"[./-]", lambda text: "." in text and _is_spam(_host(text) or "")),
    Rule(
        "a template that nobody filled in",
        r"\{|%[a-z]|<[a-z?%]|\[[a-z\[]|\*\||__[a-z]",
        matches(rf"{TEMPLATE}|{_MACRO}", case=True),
    ),
    OBJECT,
    Rule("an attack", r"['\"()<>{};|$`*]|\.\.", matches(ATTACK)),
    Rule("no address", r"[:/.]", lambda text: _has_form(text) and _is_malformed(text)),
)
