"""Secrets inside tool arguments: named placeholders in the log, real values on the wire.

``{"$secret": NAME}`` stands for a whole string, ``{"$text": [PART, ...]}`` for a string in which secrets
stand among other text. Both are resolved again when a call is replayed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from architect import redaction
from architect.errors import ProvisionError

_NAME = re.compile(r"^[a-z][a-z0-9_.-]{0,99}$")


class SecretRegistry:
    """Name -> value of the secrets that may stand in arguments. Its ``repr`` shows names only."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"SecretRegistry({sorted(self._values)})"

    def add(self, name: str, value: str) -> dict[str, str]:
        """Know ``value`` as ``name`` from now on; returns its placeholder.

        Raises :class:`ProvisionError` for an ill-formed name, or a value so short that hiding it would blank
        ordinary words.
        """
        if not _NAME.match(name) or len(value) < redaction.MIN_SECRET_LENGTH:
            raise ProvisionError(f"{name[:40]!r} cannot name a secret, or its value is too short to hide")
        redaction.register(value, name)
        self._values[name] = value
        return {"$secret": name}

    def conceal(self, value: Any) -> Any:
        """A copy of ``value`` with placeholders where secrets stood, and redacted besides."""
        if isinstance(value, str):
            return self._conceal_text(value)
        if isinstance(value, Mapping):
            if _is_placeholder(value):
                return dict(value)
            hidden = {str(k): self.conceal(v) for k, v in value.items()}
            return {k: v if _is_placeholder(v) else redaction.redact({k: v})[k] for k, v in hidden.items()}
        if isinstance(value, (list, tuple)):
            return [self.conceal(v) for v in value]
        return redaction.redact(value)

    def resolve(self, value: Any) -> Any:
        """The inverse of :meth:`conceal`. Raises :class:`ProvisionError` for a name nobody has given."""
        if isinstance(value, Mapping):
            if _is_placeholder(value):
                if "$text" in value:
                    return "".join(self.resolve(part) for part in value["$text"])
                return self._value(str(value["$secret"]))
            return {k: self.resolve(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.resolve(v) for v in value]
        return value

    def _value(self, name: str) -> str:
        try:
            return self._values[name]
        except KeyError:
            raise ProvisionError(
                f"The secret {name!r} is not known here", hint="Register it before replaying the call."
            ) from None

    def _conceal_text(self, text: str) -> Any:
        found = {v: n for n, v in self._values.items() if v in text}
        if not found:
            return redaction.redact_text(text)
        longest_first = sorted(found, key=len, reverse=True)
        pieces = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", text)
        parts = [{"$secret": found[p]} if p in found else redaction.redact_text(p) for p in pieces if p]
        return parts[0] if len(parts) == 1 else {"$text": parts}


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("$secret", "$text")
