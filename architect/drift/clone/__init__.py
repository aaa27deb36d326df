"""Throw-away copies of a database, built from facts alone on a server of our own.

The guarded database is never touched: neither its rows nor its secrets are in a snapshot. What is in one are
functions that somebody may have changed. They only ever run in the scratch server, which listens on no
network and holds no data; see :mod:`architect.drift.clone.scratch`.
"""

from __future__ import annotations

from architect.drift.clone.scratch import Scratch, ScratchUnavailable

__all__ = ["Scratch", "ScratchUnavailable"]
