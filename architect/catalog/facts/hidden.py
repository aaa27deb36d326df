"""Secrets that stand in a catalog: in a scheduled call, a webhook's headers, a function's body.

Facts go to files, logs and alerts; a secret in them is replaced, and the digest of the real text kept, so
that another secret is another fact.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from architect.redaction import redact_shapes

#: Kinds whose text may hold one.
FREE_TEXT = frozenset(
    {"cron_job", "trigger", "function", "rule", "view", "matview", "role_setting", "database_setting"}
    | {"foreign_server", "graphql", "text_search_dictionary"}
)


def hide_secrets(details: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """The parsed details, in order. Where something was replaced, ``redacted`` is the digest of the original:
    from such a fact nothing can be made again."""
    suspicious = _holds_secret("\n".join(text for kind, text in details if kind in FREE_TEXT))
    # Parsed as one text: a call for each would take longer than the parsing.
    parsed = json.loads(f"[{','.join(text for _, text in details)}]")
    for (kind, text), detail in zip(details, parsed, strict=True):
        if suspicious and kind in FREE_TEXT and _holds_secret(text):
            yield _replaced(detail) | {"redacted": hashlib.sha256(text.encode()).hexdigest()[:16]}
        else:
            yield detail


def _holds_secret(text: str) -> bool:
    return redact_shapes(text) != text


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return redact_shapes(value)
    if isinstance(value, dict):
        return {key: _replaced(item) for key, item in value.items()}
    return [_replaced(item) for item in value] if isinstance(value, list) else value
