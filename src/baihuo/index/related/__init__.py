"""Related searches: what others searched for next, or for the same products, and what the catalogue offers beside a search."""
