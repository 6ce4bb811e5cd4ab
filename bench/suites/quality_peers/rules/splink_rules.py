"""Listings that are one product: a record linkage model of splink, trained without labels."""

import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SURE = 0.95
TEXTS = ["title", "title_zh", "brand", "category", "code", "start"]


def found(table: str, rows):
    """(line, rule) of every listing that has a copy."""
    rows = rows.assign(
        unique_id=rows["line"],
        title=rows["title"]
        .str.lower()
        .str[:200],  # half a file in a title takes minutes to compare
        title_zh=rows["title_zh"].str[:200],
        code=rows["code_text"].str.split(" ").str[0].replace("", None),
        start=rows["title"].str.lower().str[:8],
    )[["unique_id", *TEXTS, "price_minor"]].astype(
        dict.fromkeys(TEXTS, "string")  # a column without any text is of no type else
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("code"),
            block_on("brand", "category", "price_minor"),
            block_on("title"),
            block_on("start", "category"),
            block_on("title_zh"),
        ],
        comparisons=[
            cl.JaroWinklerAtThresholds("title", [0.97, 0.92, 0.85]),
            cl.LevenshteinAtThresholds("title_zh", [1, 3]),
            cl.ExactMatch("brand"),
            cl.ExactMatch("code"),
            cl.ExactMatch("price_minor"),
        ],
    )
    linker = Linker(DuckDBAPI().register(pa.Table.from_pandas(rows)), settings)
    try:
        pairs = _train_and_predict(linker, {name for name in TEXTS if rows[name].notna().any()})
    except (
        ValueError
    ):  # math domain error: not one pair is alike, and a share of 0 has no logarithm
        return set()
    lines = {*pairs["unique_id_l"].tolist(), *pairs["unique_id_r"].tolist()}
    return {(int(line), "copy") for line in lines}


def _train_and_predict(linker, filled):
    train = linker.training
    sure = [block_on("code"), block_on("title", "price_minor")]
    train.estimate_probability_two_random_records_match(sure, recall=0.7)
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in (("brand", "category"), ("start",)):
        if filled >= set(block):  # pairs to train on
            train.estimate_parameters_using_expectation_maximisation(block_on(*block))
    return linker.inference.predict(threshold_match_probability=SURE).as_pandas_dataframe()
