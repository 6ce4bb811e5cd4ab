"""``baihuo accounts``: one file a verb."""
