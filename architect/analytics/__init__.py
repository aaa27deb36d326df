"""A real Iceberg dataset, attached once, and queries on it whose answers say where they come from."""

from __future__ import annotations

from architect.analytics.dataset import configure
from architect.analytics.query import QUERIES, run_analytics_query
from architect.analytics.wrappers import WrappersTarget, wrappers_sql

__all__ = ["QUERIES", "WrappersTarget", "configure", "run_analytics_query", "wrappers_sql"]
