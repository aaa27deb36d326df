"""Connections an operator fills in in the Prefect UI; every secret is a ``SecretStr``."""

from __future__ import annotations

from blocks.control_plane import ControlPlane
from blocks.embedder import Embedder
from blocks.planner_model import PlannerModel
from blocks.supabase_platform import SupabasePlatform

__all__ = ["ControlPlane", "Embedder", "PlannerModel", "SupabasePlatform"]
