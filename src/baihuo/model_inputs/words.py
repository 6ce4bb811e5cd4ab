"""Names of click-model inputs for people."""

from __future__ import annotations

from baihuo.features import FeatureSet, feature_words

_OF_REQUESTS = {
    "bm25": "how well the words match (BM25)",
    "cosine": "nearness of the meaning to the query",
    "coverage": "share of the typed words that it has",
    "naming": "share of the typed words in its name, brand, category",
    "title_coverage": "share of the typed words in its title",
    "missing": "missing typed words",
    "type_match": "is of the requested kind",
    "relevance": "relevance to the query",
    "price_log": "price (logarithm)",
    "price_position": "price relative to the other candidates",
    "price_to_anchor": "price relative to the viewed product",
    "taste_clicked": "similarity to the visitor's clicks",
    "taste_purchased": "similarity to the visitor's purchases",
    "near_last_click": "similarity to the visitor's last click",
    "anchor_cosine": "similarity to the viewed product",
    "anchor_same_brand": "brand of the viewed product",
    "anchor_same_category": "category of the viewed product",
    "age_days": "days since it is sold",
    "is_search": "request of a search",
    "is_home": "request of a home page",
    "is_similar": "request of a product's page",
    "position": "position on the page",
    "device": "device",
}


def input_words(features: FeatureSet) -> dict[str, str]:
    """Return a phrase for each input; inputs of the shop's features file without one are left out."""
    return {**_OF_REQUESTS, **feature_words(features)}
