"""Secrets that somebody pasted into a spec, masked before the text is stored, cut, embedded or prompted.

:func:`architect.redaction.redact_text` knows values and shapes that are secrets wherever they stand. In a
spec there is more: a password that is called one, a key without a known shape, and either of them base64- or
URL-encoded. Words of a requirement ("token: varchar(64)", "a password of at least 12 characters") stay.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import unquote

from architect.redaction import mask, redact_text

#: What stands where a secret stood; the group is its kind.
PLACEHOLDER = re.compile(r"\[redacted:([a-z0-9_-]{1,40}):[0-9a-f]{8}\]", re.I)

_CALLED = re.compile(
    r"(?i)\b(password|passwd|pwd|passphrase|secret|token|(?:api|access|private|secret|service)[ _-]?key)"
    r"[\"'`*]{0,3}[ \t]{0,3}(?:=|:|\bis\b)[ \t]{0,3}[\"'`*]{0,3}"
    r"([^\s\"'`|]{6,200})"
)
#: Values that say what kind of value is meant.
_MEANT = re.compile(
    r"(?i)\[redacted:|[a-z_ ]+\(\d+(?:,\d+)?\)|\d+[a-z-]*$|(?:var)?char|n?text|string|sha-?\d|md5|bcrypt|"
    r"argon|scrypt|pbkdf|base-?\d|uuid|utf|u?int\d|aes|hmac|rsa|oauth|jwt|https?://"
)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_URL = re.compile(r"[A-Za-z0-9._~+=/:@&%-]{9,}")
_HEX = re.compile(r"(?=.*\d)(?=.*[a-fA-F])(?:[0-9a-f]{32,}|[0-9A-F]{32,})")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: A random string of letters and digits changes between cases and digits more often than words do.
_CHANGES = 0.3


def masked(text: str) -> str:
    """``text`` with a placeholder in place of each secret; masking twice changes nothing."""
    text = redact_text(text)
    for pattern, replaced in (
        (_URL, lambda m: _masked_when_decoded(m[0], unquote(m[0]))),
        (_CALLED, _named),
        (_RUN, lambda m: _run(m[0])),
    ):
        text = _outside_placeholders(text, pattern, replaced)
    return text


def _outside_placeholders(
    text: str, pattern: re.Pattern[str], replaced: Callable[[re.Match[str]], str]
) -> str:
    """A placeholder names its kind, which reads like a secret's label."""
    parts, at = [], 0
    for placeholder in PLACEHOLDER.finditer(text):
        parts += [pattern.sub(replaced, text[at : placeholder.start()]), placeholder[0]]
        at = placeholder.end()
    return "".join([*parts, pattern.sub(replaced, text[at:])])


def has_secret(text: str) -> bool:
    """Whether ``text`` holds a secret or the placeholder of one."""
    return PLACEHOLDER.search(text) is not None or masked(text) != text


def _named(found: re.Match[str]) -> str:
    value = found[2].rstrip(".,;:)]}>*")
    letters = any(c.isalpha() for c in value)
    if len(value) < 6 or not letters or not any(c.isdigit() for c in value) or _MEANT.match(value):
        return found[0]
    return found[0].replace(found[2], mask(value, "password") + found[2][len(value) :])


def _run(value: str) -> str:
    """A long run of key characters, masked when it reads like a key or hides one."""
    return mask(value, "key") if _is_key(value) else _masked_when_decoded(value, _decoded(value.rstrip("=")))


def _is_key(value: str) -> bool:
    """Whether a run has the length and the disorder of a key; a UUID is a name, not a key."""
    plain = value.rstrip("=")
    if len(plain) < 32 or _UUID.fullmatch(plain):
        return False
    if _HEX.fullmatch(plain):
        return True
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" for c in value if c.isalnum()]
    changes = sum(a != b for a, b in pairwise(kinds))
    return len(set(kinds)) == 3 and changes >= _CHANGES * len(kinds)


def _decoded(value: str) -> str:
    """What ``value`` says in base64; "" when it says nothing a person could have written."""
    try:
        padded = value.translate(str.maketrans("-_", "+/")) + "=" * (-len(value) % 4)
        said = base64.b64decode(padded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return said if said.isprintable() else ""


def _masked_when_decoded(value: str, said: str) -> str:
    """``value`` masked as a whole when its decoded form holds a secret."""
    if said in ("", value):
        return value
    found = _CALLED.sub(_named, redact_text(said))
    found = _RUN.sub(lambda m: mask(m[0], "key") if _is_key(m[0]) else m[0], found)
    kind = PLACEHOLDER.search(found)
    return mask(value, kind[1]) if found != said and kind else value
