"""The JSON API: what a request may hold, what comes back, and the endpoints."""
