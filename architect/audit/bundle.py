"""An audit bundle: header, entries and the seal that holds them together.

``link(0)`` is the hash of the header, ``link(i) = sha256(link(i-1) || i || canonical(entry i))`` with the
position as eight bytes. The seal lists the links and is signed, so that a change can be traced to the entry
where it was made even by a reader who has nothing but the file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from architect.audit import keys
from architect.audit.canonical import canonical
from architect.errors import InputError

FORMAT = "vibe-architect/audit-bundle"
VERSION = 1
#: In front of what is signed, so that a signature cannot be taken for one of something else.
DOMAIN = b"vibe-architect audit bundle 1\n"


def root(header: dict[str, Any]) -> str:
    """The link before the first entry, hex."""
    return hashlib.sha256(b"header\n" + canonical(header)).hexdigest()


def link(before: str, position: int, entry: Any) -> str:
    """The link of the entry at ``position`` (from 1) behind the link ``before``, hex."""
    return hashlib.sha256(bytes.fromhex(before) + position.to_bytes(8, "big") + canonical(entry)).hexdigest()


def seal(header: dict[str, Any], entries: list[dict[str, Any]], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The bundle, signed. Raises :class:`ValueError` for values that JSON cannot say safely."""
    first = before = root(header)
    links: list[str] = []
    for position, entry in enumerate(entries, 1):
        before = link(before, position, entry)
        links.append(before)
    unsigned = {
        "algorithm": keys.ALGORITHM,
        "public_key": base64.b64encode(keys.raw(key)).decode(),
        "header": first,
        "links": links,
        "head": before,
    }
    signature = base64.b64encode(key.sign(signed_text(unsigned))).decode()
    return {
        "format": FORMAT,
        "version": VERSION,
        "header": header,
        "entries": entries,
        "seal": {**unsigned, "signature": signature},
    }


def signed_text(unsigned: dict[str, Any]) -> bytes:
    """What the signature is over: the seal without it, and the format."""
    return DOMAIN + canonical({"format": FORMAT, "version": VERSION, "seal": unsigned})


def refuse_existing(path: Path) -> None:
    """Raise :class:`InputError` when there is something at ``path``: a bundle is evidence."""
    if path.exists():
        raise InputError(f"{path} is there already.", hint="Name a file that is not there yet.")


def write(path: Path, bundle: dict[str, Any]) -> None:
    """Write the bundle, whole or not at all. Raises :class:`InputError`."""
    text = json.dumps(bundle, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        os.link(draft, path)
    except FileExistsError:
        refuse_existing(path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
