"""What a message means: language, intent, entities, what "it" refers to, yes or no, mood.

:mod:`~baihuo.assist.understand.understander` (read first) puts the parts together. Serving needs numpy alone.
"""
