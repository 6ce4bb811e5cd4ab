"""What is watched while the shop runs, and what its log says of other policies.

Import the modules themselves: a server counts with ``metrics`` and must not load what training needs.
"""

__all__: list[str] = []
