"""Checks an audit bundle with nothing but the file and a public key; names the first thing that is wrong."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from architect.audit import bundle, canonical, keys
from architect.errors import BundleUnreadable

#: Larger files are no bundles of ours.
MAX_BYTES = 200_000_000
_HASH = re.compile(r"[0-9a-f]{64}")
_TOP = {"format", "version", "header", "entries", "seal"}
_SEAL = {"algorithm", "public_key", "header", "links", "head", "signature"}


class Problem(StrEnum):
    """What is wrong with a bundle."""

    #: The signature is not of this seal: nothing in the file can be trusted.
    SIGNATURE = "signature_wrong"
    HEADER = "header_changed"
    ALTERED = "entry_altered"
    MISSING = "entry_missing"
    INSERTED = "entry_inserted"
    REORDERED = "entries_reordered"
    #: All of it holds together, under another key than the one that was asked for.
    FOREIGN = "foreign_key"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome; ``problem`` is ``None`` for a bundle that is as it was sealed."""

    problem: Problem | None
    message: str
    #: The first entry concerned, from 1.
    position: int | None
    entries: int
    #: Fingerprint of the key that the bundle says it was sealed with.
    key: str
    header: dict[str, Any]

    @property
    def valid(self) -> bool:
        return self.problem is None


def read(path: Path) -> dict[str, Any]:
    """The bundle in a file. Raises :class:`BundleUnreadable` when it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BundleUnreadable(f"{path} is too large to be an audit bundle.")
        text = path.read_bytes()
    except OSError as error:
        raise BundleUnreadable(f"Cannot read {path}: {error.strerror}") from error
    try:
        value = canonical.read(text)
    except ValueError as error:
        raise BundleUnreadable(f"{path} is not the JSON of an audit bundle: {error}") from error
    complaint = _malformed(value)
    if complaint:
        raise BundleUnreadable(f"{path} is no audit bundle: {complaint}.")
    return dict(value)


def verify(value: dict[str, Any], anchor: bytes) -> Verdict:
    """Check a bundle that :func:`read` has read. ``anchor`` is the public key it must be sealed with."""
    seal = value["seal"]
    public = base64.b64decode(seal["public_key"])
    unsigned = {name: part for name, part in seal.items() if name != "signature"}
    position, problem, message = None, None, "The bundle is as it was sealed."
    if not keys.valid(public, seal["signature"], bundle.signed_text(unsigned)):
        problem, message = Problem.SIGNATURE, "The signature is not of this seal: somebody changed it."
        found = _first(value)
        if found is not None:
            position = found[0]
            message += f" The contents do not fit it either, from {_place(position)} on."
    elif (found := _first(value)) is not None:
        position, problem, message = found
    elif public != anchor:
        problem = Problem.FOREIGN
        message = (
            f"The bundle holds together, but it was sealed with the key {keys.fingerprint(public)} "
            f"and not with {keys.fingerprint(anchor)}."
        )
    return Verdict(
        problem, message, position or None, len(value["entries"]), keys.fingerprint(public), value["header"]
    )


def _place(position: int) -> str:
    return f"entry {position}" if position else "the header"


def _first(value: dict[str, Any]) -> tuple[int, Problem, str] | None:
    """Position, problem and message of the first difference between contents and seal; 0 is the header."""
    seal, entries, links = value["seal"], value["entries"], value["seal"]["links"]
    if bundle.root(value["header"]) != seal["header"]:
        return 0, Problem.HEADER, "The header was changed."
    chain = [seal["header"], *links]
    if chain[-1] != seal["head"]:
        return len(links), Problem.SIGNATURE, "The seal's head is not its last link."
    for position in range(1, max(len(entries), len(links)) + 1):
        if position > len(entries):
            return position, Problem.MISSING, f"Entry {position} is missing: {_count(links, entries)}."
        if position > len(links):
            return position, Problem.INSERTED, f"Entry {position} was put in: {_count(links, entries)}."
        if bundle.link(chain[position - 1], position, entries[position - 1]) != chain[position]:
            return (position, *_kind(position, entries, chain))
    return None


def _count(links: list[str], entries: list[Any]) -> str:
    return f"{len(links)} were sealed, {len(entries)} are there"


def _kind(position: int, entries: list[Any], chain: list[str]) -> tuple[Problem, str]:
    """What was done to the entry at ``position``. The sealed links tell each entry's own place."""

    def sealed_as(entry: Any, place: int) -> bool:
        return place < len(chain) and bundle.link(chain[place - 1], place, entry) == chain[place]

    here, rest = entries[position - 1], entries[position:]
    moved = next((p for p in range(1, len(chain)) if sealed_as(here, p)), None)
    wanted = next((i for i, entry in enumerate(rest, position + 1) if sealed_as(entry, position)), None)
    if moved is not None and wanted is not None and moved > position:
        return Problem.REORDERED, f"Entry {position} stands at {wanted}; what stands here was entry {moved}."
    if wanted is not None:
        return (
            Problem.INSERTED,
            f"Entry {position} was put in: what was sealed as {position} stands at {wanted}.",
        )
    if moved is not None:
        return Problem.MISSING, f"Entry {position} is missing: what stands here was sealed as entry {moved}."
    return Problem.ALTERED, f"Entry {position} was altered ({_what(here)})."


def _what(entry: Any) -> str:
    return f"call {entry.get('n')}, {entry.get('tool')}" if isinstance(entry, dict) else "no call"


def _malformed(value: Any) -> str | None:
    """What of the shape is wrong. Parts that the seal does not cover are refused, not ignored."""
    if not isinstance(value, dict) or value.get("format") != bundle.FORMAT:
        return f"its format is not {bundle.FORMAT}"
    if value.get("version") != bundle.VERSION or isinstance(value["version"], bool):
        return f"its version is not {bundle.VERSION}"
    seal = value.get("seal")
    if set(value) != _TOP or not isinstance(seal, dict) or set(seal) != _SEAL:
        return "it has not the parts of one"
    if not isinstance(value["header"], dict) or not isinstance(value["entries"], list):
        return "header or entries have the wrong type"
    links = seal["links"]
    hashes = [seal["header"], seal["head"], *links] if isinstance(links, list) else [None]
    if not all(isinstance(text, str) and _HASH.fullmatch(text) for text in hashes):
        return "the seal holds what is no hash"
    texts = (seal["algorithm"], seal["public_key"], seal["signature"])
    if not all(isinstance(text, str) for text in texts) or seal["algorithm"] != keys.ALGORITHM:
        return "the seal is not of a kind that is known here"
    return None if _is_key(seal["public_key"]) else "its public key is none"


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
