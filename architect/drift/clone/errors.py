"""What the scratch server raises."""

from __future__ import annotations

from architect.errors import PlatformError


class ScratchUnavailable(PlatformError):
    """There is no scratch server to try a fix on."""

    code = "scratch_unavailable"
    default_hint = "The check itself does not need one: only the proof of the fixes is left out."
