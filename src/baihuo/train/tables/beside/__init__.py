"""Members of an ensemble that are fitted to all rows at once, beside networks that learn by steps: a regression and boosted trees."""
