"""How the engine's runs of a session are called, and which attempt each was made for."""

from __future__ import annotations

import contextlib


def run_name(session_id: str) -> str:
    """How the flow names the runs of a session."""
    return f"build-{session_id}"


def run_key(session_id: str, attempt: int) -> str:
    """What makes two requests for the same attempt one run, whoever asks."""
    return f"{session_id}:{attempt}"


def attempt_of(key: str | None) -> int | None:
    """The attempt that the run with this key was made for; ``None`` when it was made by hand."""
    with contextlib.suppress(ValueError):
        return int((key or "").rpartition(":")[2])
    return None
