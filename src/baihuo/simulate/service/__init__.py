"""The service desk of the sample shop: its FAQ, policy, orders, and a month of conversations with their truth."""
