"""Visits that go under several session ids, and ids that hold more than one visit."""
