from .campaign import (
    Bid as Bid,
    BidKind as BidKind,
    Campaign as Campaign,
    CampaignStatus as CampaignStatus,
    Keyword as Keyword,
    Match as Match,
    Targeting as Targeting,
)
from .campaign_fields import (
    BadCampaign as BadCampaign,
    CampaignFields as CampaignFields,
    CampaignRules as CampaignRules,
    FieldProblem as FieldProblem,
    fields_of as fields_of,
    version_row as version_row,
    minor_units as minor_units,
    read_campaign as read_campaign,
    whole_units as whole_units,
)
from .csv_import import COLUMNS as COLUMNS, CsvCampaigns as CsvCampaigns, read_csv as read_csv
from .forecast import AtBid as AtBid, Forecast as Forecast, forecast as forecast
from .keywords import read_keyword as read_keyword, written_keyword as written_keyword
from .office import AdsOffice as AdsOffice, report_csv as report_csv, statement_row as statement_row
from .settings import AdsSettings as AdsSettings, Audience as Audience
from .store import (
    Advertiser as Advertiser,
    BanKind as BanKind,
    BrandSafety as BrandSafety,
    CampaignStore as CampaignStore,
    CampaignVersion as CampaignVersion,
    Changes as Changes,
    Decision as Decision,
    unknown_campaign as unknown_campaign,
)
from .targeting import (
    CompiledTargeting as CompiledTargeting,
    NotEligible as NotEligible,
    PageContext as PageContext,
    broad_texts as broad_texts,
)
from .click_tokens import ClickRefused as ClickRefused, ServedAd as ServedAd
from .ledger import Credit as Credit, Ledger as Ledger, Statement as Statement
from .seller import AdSeller as AdSeller
from .shown import AdReason as AdReason, ShownAd as ShownAd
from .auction_log import (
    AuctionLog as AuctionLog,
    forget_auctions as forget_auctions,
    shown_ads as shown_ads,
)
from .credits import invalid_clicks as invalid_clicks
from .incrementality import Incrementality as Incrementality, ShopEffect as ShopEffect
from .report import (
    AdsReport as AdsReport,
    ads_report as ads_report,
    auction_rows as auction_rows,
    campaign_effect as campaign_effect,
)
from .pricing import Pricing as Pricing
from .what_if import (
    Change as Change,
    PredictionGain as PredictionGain,
    Rules as Rules,
    WhatIf as WhatIf,
    what_if as what_if,
    what_if_text as what_if_text,
)
from .target_results import note_target_results as note_target_results
