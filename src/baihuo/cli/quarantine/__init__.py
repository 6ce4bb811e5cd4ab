"""``baihuo quarantine``: a file a verb; :mod:`~baihuo.cli.quarantine.group` registers them."""
