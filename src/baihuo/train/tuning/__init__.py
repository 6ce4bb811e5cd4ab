"""``baihuo tune``: search for the settings of a network over a table."""
