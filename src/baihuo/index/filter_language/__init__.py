"""The filter language of searches: ``brand:nike AND price:[100 TO 500] AND NOT color:red``."""
