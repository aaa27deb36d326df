"""The hosted platform's stand-in: Management API, gateway, Lite and edge functions."""

from __future__ import annotations
