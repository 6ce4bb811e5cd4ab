"""Consent: what a visitor refused is not learned from."""
