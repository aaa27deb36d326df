"""Environments: the database, keys and processes behind a project or a branch ref."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from architect.embedded.platform.keyring import ApiKey, Keyring
from architect.embedded.platform.keys import Keys
from architect.embedded.platform.store import Store

REF = re.compile(r"^[a-z]{20}$")


@dataclass(frozen=True, slots=True)
class Environment:
    """One ref's database and keys. ``kind`` is project or branch; ``hidden`` never shows under /v1."""

    ref: str
    database: str
    keys: Keys = field(repr=False)
    kind: str
    parent_ref: str
    hidden: bool
    status: str
    #: The keys that open it now.
    keyring: Keyring = field(default_factory=Keyring, repr=False)

    @property
    def paused(self) -> bool:
        return self.status == "INACTIVE"


class Environments:
    """Every environment, read once and kept in step with the store, so that a request costs no look-up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_ref: dict[str, Environment] = {}
        self._loading = asyncio.Lock()
        self._watchers: list[Callable[[], None]] = []

    def watch(self, reloaded: Callable[[], None]) -> None:
        """Call ``reloaded`` whenever they have been read again."""
        self._watchers.append(reloaded)

    async def load(self) -> None:
        """Read them all again."""
        # One after another: an older reading that ended later would bring back a key that was revoked.
        async with self._loading:
            rows = await self._store.all("environments")
            opaque: dict[str, list[ApiKey]] = defaultdict(list)
            for row in await self._store.all("api_keys.all"):
                opaque[row["ref"]].append(ApiKey.of(row))
            self._by_ref = {row["ref"]: _environment(row, opaque[row["ref"]]) for row in rows}
        for reloaded in self._watchers:
            reloaded()

    def close(self, ref: str) -> None:
        """Serve ``ref`` no longer."""
        self._by_ref.pop(ref, None)

    def get(self, ref: str) -> Environment | None:
        return self._by_ref.get(ref)

    def visible(self, ref: str) -> Environment | None:
        """The environment of ``ref`` unless it is the control plane's own."""
        environment = self._by_ref.get(ref)
        return None if environment is None or environment.hidden else environment


def _environment(row: dict[str, Any], opaque: list[ApiKey]) -> Environment:
    keys = Keys(
        jwt_secret=row["jwt_secret"],
        publishable_key=row["publishable_key"],
        secret_key=row["secret_key"],
        anon_key=row["anon_key"],
        service_role_key=row["service_role_key"],
    )
    return Environment(
        ref=row["ref"],
        database=row["database"],
        keys=keys,
        kind=row["kind"],
        parent_ref=row["parent_ref"] or row["ref"],
        hidden=row["hidden"],
        status=row["status"],
        keyring=Keyring.of(row, keys, opaque),
    )


def row_of(ref: str, database: str, keys: Keys) -> dict[str, str]:
    """The values of ``insert_environment``."""
    return {
        "ref": ref,
        "database": database,
        "jwt_secret": keys.jwt_secret,
        "publishable_key": keys.publishable_key,
        "secret_key": keys.secret_key,
        "anon_key": keys.anon_key,
        "service_role_key": keys.service_role_key,
    }
