"""Statements of the whole spec become tables: which things there are and how they hang together."""
