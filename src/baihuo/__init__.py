"""Search, recommendations and customer service that learn from what shoppers do next."""

__version__ = "0.1.0"
