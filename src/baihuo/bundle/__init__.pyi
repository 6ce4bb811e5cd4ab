from .clicks import (
    CLICKS_FOLDER as CLICKS_FOLDER,
    ClickModels as ClickModels,
    Scored as Scored,
    click_parts as click_parts,
)
from .folder import Bundle as Bundle, Part as Part, write as write
from .live import (
    LiveBundles as LiveBundles,
    Pair as Pair,
    previous as previous,
    read_live as read_live,
    roll_back as roll_back,
    set_live as set_live,
)
from .newcomers import newcomer_parts as newcomer_parts, open_newcomers as open_newcomers
from .next_items import NextItems as NextItems
from .purchases import Purchases as Purchases
from .search import (
    TUNING_FILE as TUNING_FILE,
    open_generation as open_generation,
    thresholds_of as thresholds_of,
    tuning_of as tuning_of,
    tuning_parts as tuning_parts,
    with_tuning as with_tuning,
)
from .search_order import (
    RELEVANCE_FOLDER as RELEVANCE_FOLDER,
    RELEVANT_WITHIN as RELEVANT_WITHIN,
    OrderColumns as OrderColumns,
    SearchOrder as SearchOrder,
    banded as banded,
    word_match as word_match,
    words_first as words_first,
)
from .stored_models import (
    model_parts as model_parts,
    open_stored as open_stored,
    require_readable as require_readable,
    stored_files as stored_files,
)
from .tastes import open_tastes as open_tastes, taste_parts as taste_parts
