"""Audit bundles: a session's tool calls and what came of running them again, sealed against change."""

from __future__ import annotations
