"""What customer service can do: identify a shopper, tell of orders, and change them after a yes."""
