"""A snapshot to hold a database against, as JSON that shows when somebody changed it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from architect.catalog.facts.snapshot import FORMAT, Blind, Edge, Fact, Key, Snapshot
from architect.errors import BaselineInvalid

KIND = "vibe-architect/drift-baseline"
MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Baseline:
    """A snapshot, when it was recorded, and the SHA-256 of both."""

    snapshot: Snapshot
    recorded_at: str
    sha256: str

    @classmethod
    def of(cls, snapshot: Snapshot, recorded_at: datetime | None = None) -> Baseline:
        """A baseline recorded now."""
        moment = (recorded_at or datetime.now(UTC)).isoformat(timespec="seconds")
        return cls(snapshot, moment, checksum(_body(snapshot, moment)))


def to_json(baseline: Baseline) -> dict[str, Any]:
    """The baseline as JSON; the same database gives the same but for ``recorded_at`` and ``sha256``."""
    return _body(baseline.snapshot, baseline.recorded_at) | {"sha256": baseline.sha256}


def from_json(data: Any, *, source: str = "The baseline", summed: str | None = None) -> Baseline:
    """The baseline in ``data``. Raises :class:`BaselineInvalid`, which names ``source`` and the rule.

    ``summed`` is the checksum of the content where the caller has it from the text.
    """
    if not isinstance(data, dict) or data.get("kind") != KIND:
        _refuse(source, "is no baseline of the drift sentinel")
    if data.get("format") != FORMAT:
        _refuse(source, f"has format {data.get('format')!r}, and this version reads {FORMAT}")
    rest = {name: value for name, value in data.items() if name != "sha256"}
    if data.get("sha256") != (summed or checksum(rest)):
        _refuse(source, "was changed or damaged: its sha256 is not that of its content")
    try:
        return Baseline(_snapshot(rest), str(rest["recorded_at"]), str(data["sha256"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        _refuse(source, f"does not hold what a baseline holds ({type(error).__name__}: {error})")


def save(path: Path, snapshot: Snapshot) -> Baseline:
    """Write a baseline, all or nothing, readable by its owner only. Raises :class:`BaselineInvalid`."""
    baseline = Baseline.of(snapshot)
    text = json.dumps(to_json(baseline), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BaselineInvalid(f"{path} cannot be written: {error.strerror}") from error
    return baseline


def load(path: Path) -> Baseline:
    """The baseline in a file. Raises :class:`BaselineInvalid`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            _refuse(str(path), "is too large for a baseline")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BaselineInvalid(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        _refuse(str(path), "is no text")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        _refuse(str(path), "is no complete JSON")
    return from_json(data, source=str(path), summed=_of_text(text.rstrip()))


def _body(snapshot: Snapshot, recorded_at: str) -> dict[str, Any]:
    used: dict[Key, list[list[str]]] = defaultdict(list)
    for edge in sorted(snapshot.edges):
        used[edge.user].append(list(edge.used))
    return {
        "format": FORMAT,
        "kind": KIND,
        "recorded_at": recorded_at,
        "server_version_num": snapshot.server_version_num,
        "place": snapshot.place,
        "facts": [[*key, dict(fact.detail)] for key, fact in sorted(snapshot.facts.items())],
        "edges": [[list(user), others] for user, others in used.items()],
        "blind": [list(one) for one in snapshot.blind],
        "digests": dict(snapshot.digests),
    }


def _snapshot(body: Mapping[str, Any]) -> Snapshot:
    facts = {}
    for kind, schema, name, detail in body["facts"]:
        key = Key(kind, schema, name)
        if not isinstance(detail, dict):
            raise TypeError(f"the detail of {key} is no object")
        facts[key] = Fact(key, detail)
    return Snapshot(
        server_version_num=int(body["server_version_num"]),
        place=str(body["place"]),
        facts=facts,
        edges=frozenset(Edge(Key(*user), Key(*used)) for user, others in body["edges"] for used in others),
        blind=tuple(Blind(str(what), str(why)) for what, why in body["blind"]),
        digests={str(name): str(value) for name, value in body["digests"].items()},
    )


def checksum(body: Mapping[str, Any]) -> str:
    """The sum over everything but the sum itself."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _of_text(text: str) -> str | None:
    """The checksum of a text as :func:`save` writes it, which spares writing its content down again."""
    content, found, _ = text.rpartition(',"sha256":')
    whole = found and len(text) - len(content) == len(',"sha256":""}') + 64
    return hashlib.sha256(f"{content}}}".encode("utf-8", "surrogatepass")).hexdigest() if whole else None


def _refuse(source: str, rule: str) -> NoReturn:
    raise BaselineInvalid(f"{source} {rule}")
