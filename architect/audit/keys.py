"""The key pair that seals audit bundles: made when first needed, kept in the state folder, never shown."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from architect.embedded.home import HomeUnusable
from architect.errors import InputError

FILE = "signing_key.pem"
ALGORITHM = "Ed25519"
#: ``ed25519 BASE64``, as `architect audit key` prints it.
_LINE = re.compile(r"^\s*(?:ed25519\s+)?([A-Za-z0-9+/]{43}=)\s*$", re.M)


def folder(home: Path) -> Path:
    """Where the key and the bundles are kept."""
    return home / "audit"


def signing_key(home: Path) -> Ed25519PrivateKey:
    """The home's key, made when there is none yet. Raises :class:`HomeUnusable`."""
    path = folder(home) / FILE
    try:
        if not path.exists():
            _make(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise HomeUnusable(f"Cannot keep the signing key in {path}: {error.strerror}") from error
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(path)
    return key


def public_key(home: Path) -> bytes | None:
    """The 32 bytes of the home's public key; ``None`` when it has never sealed anything."""
    return raw(signing_key(home)) if (folder(home) / FILE).exists() else None


def raw(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def shown(public: bytes) -> str:
    """``ed25519 BASE64``."""
    return f"ed25519 {base64.b64encode(public).decode()}"


def fingerprint(public: bytes) -> str:
    """``SHA256:`` and the hash of the public key, as ssh writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")


def read_public(path: Path) -> bytes:
    """The public key in a file: what `architect audit key` prints, or PEM. Raises :class:`InputError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(f"Cannot read the key in {path}: {reason}") from error
    if "PRIVATE KEY" in text:
        raise InputError(f"{path} holds a private key.", hint="Give the public one: `architect audit key`.")
    with contextlib.suppress(ValueError):
        key = serialization.load_pem_public_key(text.encode())
        if isinstance(key, Ed25519PublicKey):
            return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    found = _LINE.search(text)
    if found is None:
        raise InputError(f"{path} holds no Ed25519 public key.", hint="Print one with `architect audit key`.")
    return base64.b64decode(found[1])


def valid(public: bytes, signature: str, message: bytes) -> bool:
    """Whether ``signature`` (Base64) over ``message`` was made with the private half of ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # Not a rename: of two that make a key at once, the first one's stays.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _damaged(path: Path) -> HomeUnusable:
    return HomeUnusable(
        f"{path} is not an Ed25519 private key.",
        hint="Restore it from a backup. With a new key, bundles of the old one verify with --key only.",
    )
