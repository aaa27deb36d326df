"""The watch over environments: what was agreed to, what was found since, what people want done about it."""

from __future__ import annotations

# The stores of this package are parts of the control plane, which has to be whole before one is used alone.
import architect.sessions  # noqa: F401
