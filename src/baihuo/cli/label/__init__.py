"""``baihuo label``: one file for each command; :mod:`~baihuo.cli.label.group` registers them."""
