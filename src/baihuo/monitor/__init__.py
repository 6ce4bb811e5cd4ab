"""What is watched while the shop runs."""

__all__: list[str] = []
