"""``baihuo tagger``: one file for each command; :mod:`~baihuo.cli.tagger.group` registers them."""
