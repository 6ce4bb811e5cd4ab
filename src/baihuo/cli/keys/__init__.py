"""``baihuo keys``: one file a verb."""
