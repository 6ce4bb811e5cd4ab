"""``baihuo assist``: customer service."""
