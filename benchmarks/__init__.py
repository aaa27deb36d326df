"""Measurements, each a ratio against a yardstick taken in the same run where there is one."""

from __future__ import annotations
