"""What a person is told about the secrets in a spec: of which kind and in which line, never the value."""

from __future__ import annotations

from dataclasses import dataclass

from architect.spec.secrets import PLACEHOLDER, masked

#: How many places a message names before it only counts.
_SHOWN = 10
_KINDS = {
    "jwt": "a JSON Web Token",
    "access-token": "an access token",
    "secret-key": "a Supabase secret key",
    "api-key": "an API key",
    "cloud-key": "a cloud access key",
    "private-key": "a private key",
    "bearer": "a bearer token",
    "password": "a password",
    "key": "a long key",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One secret of a spec."""

    kind: str
    #: Line of the spec, from 1.
    line: int

    def __str__(self) -> str:
        return f"{_KINDS.get(self.kind, 'a secret')} in line {self.line}"

    def to_dict(self) -> dict[str, str | int]:
        return {"kind": self.kind, "line": self.line, "message": message([self])}


def secrets_found(text: str) -> list[Notice]:
    """The secrets of a spec in its order, of the text as it was written or as it is stored."""
    text = masked(text)
    found, line, at = [], 1, 0
    for placeholder in PLACEHOLDER.finditer(text):
        line += text.count("\n", at, placeholder.start())
        at = placeholder.start()
        found.append(Notice(placeholder[1].lower(), line))
    return found


def message(notices: list[Notice]) -> str:
    """One sentence or two for a person; "" when there is nothing to tell."""
    if not notices:
        return ""
    places = list(dict.fromkeys(str(n) for n in notices))
    shown = ", ".join(places[:_SHOWN]) + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
    return (
        f"The spec holds what looks like a secret: {shown}. It was masked before anything stored or read the "
        "text; take it out of the spec and replace it where it is in use."
    )
