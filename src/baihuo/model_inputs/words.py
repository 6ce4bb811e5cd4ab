"""What each input of a click model is, in words."""

from __future__ import annotations

from baihuo.features import FeatureSet, feature_words

_OF_REQUESTS = {
    "bm25": "how well the words match (BM25)",
    "cosine": "nearness of the meaning to the query",
    "coverage": "share of the typed words that it has",
    "naming": "share of the typed words in its name, brand, category",
    "title_coverage": "share of the typed words in its title",
    "missing": "typed words that it lacks",
    "type_match": "is of the kind that was asked for",
    "relevance": "relevance to the query",
    "price_log": "price (logarithm)",
    "price_position": "price beside the other candidates",
    "price_to_anchor": "price beside the product looked at",
    "taste_clicked": "nearness to what the visitor clicked",
    "taste_purchased": "nearness to what the visitor bought",
    "near_last_click": "nearness to the visitor's last click",
    "anchor_cosine": "nearness to the product looked at",
    "anchor_same_brand": "brand of the product looked at",
    "anchor_same_category": "category of the product looked at",
    "age_days": "days since it is sold",
    "is_search": "asked by a search",
    "is_home": "asked by a home page",
    "is_similar": "asked beside a product",
    "position": "position on the page",
    "device": "device",
}


def input_words(features: FeatureSet) -> dict[str, str]:
    """Name of an input to a phrase; inputs of the shop's own features file that have none are left out."""
    return {**_OF_REQUESTS, **feature_words(features)}
