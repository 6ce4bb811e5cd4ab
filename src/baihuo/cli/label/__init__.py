"""``baihuo label``: a file a verb; :mod:`~baihuo.cli.label.group` registers them."""
