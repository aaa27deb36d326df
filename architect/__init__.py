"""Vibe Architect: a written spec becomes a running, proven Supabase backend."""

from __future__ import annotations

__version__ = "0.1.0"
