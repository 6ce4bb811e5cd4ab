"""``baihuo visitors``: a file a verb."""
