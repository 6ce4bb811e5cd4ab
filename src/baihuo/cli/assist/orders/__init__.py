"""``baihuo assist orders``: orders that customer service speaks of."""
