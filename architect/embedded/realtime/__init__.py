"""The Realtime server of the embedded platform: broadcast, presence, private channels, replay."""

from __future__ import annotations
