"""Drift: what differs from the expectation, how much it matters and why, and SQL proven to restore it."""
