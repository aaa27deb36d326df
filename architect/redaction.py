"""The one choke point where secrets are taken out of whatever leaves the process.

Order matters: values registered as secret first (exact, base64 and URL-encoded), then shapes that are
secrets wherever they stand, then values under keys whose name says they are secret. A replaced value reads
``[redacted:KIND:xxxxxxxx]`` with the first 8 hex digits of its SHA-256, so that audits can correlate.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_known: dict[str, str] = {}
#: Shorter strings would blank ordinary words.
MIN_SECRET_LENGTH = 8

_SHAPES: list[tuple[str, re.Pattern[str]]] = [
    ("jwt", re.compile(r"\beyJ[A-Za-z0-9_-]{5,400}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{10,}")),
    ("access-token", re.compile(r"\bsbp_[A-Za-z0-9_]{20,}")),
    ("secret-key", re.compile(r"\bsb_secret_[A-Za-z0-9_-]{8,}")),
    ("api-key", re.compile(r"\bsk-[A-Za-z0-9_-]{16,}")),
    ("api-key", re.compile(r"\b(?:sk|rk)_live_[A-Za-z0-9]{16,}|\bAIza[A-Za-z0-9_-]{35}")),
    ("access-token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}")),
    ("access-token", re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bglpat-[A-Za-z0-9_-]{16,}")),
    ("cloud-key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    (
        "private-key",
        re.compile(
            r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:(?!-----BEGIN).)*?"
            r"-----END [A-Z ]{0,20}PRIVATE KEY-----",
            re.S,
        ),
    ),
    ("bearer", re.compile(r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=-]{12,}")),
    ("password", re.compile(r"(?i)(?<=://)([^\s:/@]+):(?!\[redacted:)([^\s@/]+)(?=@)")),
]
_SECRET_KEY = re.compile(
    r"(?i)(password|passwd|db_pass|secret|service_role_?(key|jwt|token)|access_token|refresh_token|jwt_secret|authorization|"
    r"api_?key|private_key|credential)"
)
#: Key names that look secret and are not.
_PUBLIC_KEY = re.compile(r"(?i)(publishable|secret_name|secrets?_count|api_keys?_url|^\$secret$)")


def register(value: str | None, kind: str = "secret") -> None:
    """Remember ``value`` as secret for the life of this process."""
    if value and len(value) >= MIN_SECRET_LENGTH:
        _known[value] = kind
        _known[base64.b64encode(value.encode()).decode()] = kind
        encoded = quote(value, safe="")
        if encoded != value:
            _known[encoded] = kind


def mask(value: str, kind: str) -> str:
    """The placeholder that stands for ``value``."""
    return f"[redacted:{kind}:{hashlib.sha256(value.encode()).hexdigest()[:8]}]"


def redact_text(text: str) -> str:
    """``text`` without secrets."""
    for value in sorted(_known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, mask(value, _known[value]))
    return redact_shapes(text)


def redact_shapes(text: str) -> str:
    """``text`` without what has the shape of a secret, whatever this process knows of secrets."""
    for kind, pattern in _SHAPES:
        if kind == "password":
            text = pattern.sub(lambda m: f"{m.group(1)}:{mask(m.group(2), 'password')}", text)
        else:
            text = pattern.sub(lambda m, k=kind: mask(m.group(0), k), text)  # type: ignore[misc]
    return text


def redact(value: Any) -> Any:
    """A copy of a JSON-like ``value`` without secrets, whatever its nesting."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {redact_text(str(k)): _redact_item(str(k), v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(v) for v in value]
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(str(value))


def hides(key: str) -> bool:
    """Whether the name of a value says that it is secret."""
    return bool(_SECRET_KEY.search(key)) and not _PUBLIC_KEY.search(key)


def _redact_item(key: str, value: Any) -> Any:
    if hides(key) and isinstance(value, str) and value:
        return value if value.startswith("[redacted:") else mask(value, "named")
    return redact(value)
