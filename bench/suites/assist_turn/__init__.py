"""Whole turns of customer service, as the server takes them."""
