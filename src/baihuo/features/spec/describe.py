"""The list of features as text, made from the declarations."""

from __future__ import annotations

from baihuo.features.spec.declare import Derived, FeatureSet, Lookback


def features_page(features: FeatureSet) -> str:
    """The page that ``baihuo docs features`` prints."""
    return (
        "# The features a shop starts with\n\n"
        f"What they are for: [features](features.md).\n\n{describe(features)}\n"
    )


def describe(features: FeatureSet) -> str:
    """A Markdown table: name, entity, description."""
    lines = ["| Feature | About | What it is |", "|---|---|---|"]
    for one in features.lookbacks:
        lines.append(f"| `{one.name}` | {' × '.join(one.entity)} | {one.about or _lookback(one)} |")
    for derived in features.derived:
        lines.append(f"| `{derived.name}` | derived | {derived.about or _derived(derived)} |")
    return "\n".join(lines)


def feature_words(features: FeatureSet) -> dict[str, str]:
    """Map feature names to descriptions, with the entity whose past they count."""
    words = {
        one.name: one.about or f"{_lookback(one)}, of the {' and '.join(one.entity)}"
        for one in features.lookbacks
    }
    words |= {one.name: one.about or _derived_words(one) for one in features.derived}
    return {name: text.replace("`", "") for name, text in words.items()}


def _lookback(one: Lookback) -> str:
    events = " or ".join(str(event) for event in one.events)
    if one.aggregate == "decayed":
        quantity = f"{one.value} of" if one.value else "number of"
        return f"{quantity} `{events}`, half after {one.half_life_days:g} days"
    if one.window_hours is not None:
        end = f"in {one.window_hours} hours"
    else:
        end = "ever" if one.window_days is None else f"in {one.window_days} days"
    if one.aggregate == "last":
        quantity = f"{one.value} of the last" if one.value else "days since the last"
        never = "" if one.value else f" ({one.never:g} if there is none)"
        return f"{quantity} `{events}` {end}{never}"
    return f"{f'{one.value} of' if one.value else 'number of'} `{events}` {end}"


def _derived(derived: Derived) -> str:
    constants = "".join(f", {constant:g}" for constant in derived.constants)
    return f"`{derived.function}`({', '.join(derived.from_)}{constants})"


_WORDS = {
    "rate": "{0} for each of {1}",
    "mean": "{0} for each of {1}",
    "share": "{0} as a share of {1}",
    "per_day": "{0} a day",
    "freshness": "how recent: {0}",
    "trend": "{0} relative to {1}",
    "log1p": "{0}",
    "due": "{0} relative to the usual time between purchases",
}


def _derived_words(derived: Derived) -> str:
    """Describe a derived feature in a phrase: "product clicks 28d for each of product impressions 28d"."""
    if derived.function not in _WORDS:
        return _derived(derived)
    return _WORDS[derived.function].format(*(name.replace("_", " ") for name in derived.from_))
