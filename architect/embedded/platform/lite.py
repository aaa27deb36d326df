"""Supabase Lite: REST, Auth and Storage of one environment, the only place that knows Lite.

Each environment gets its own Deno process on a unix socket, allowed to reach nothing but Postgres and to
touch nothing but its own folder. See ``ts/lite.ts`` for why Lite is embedded and not run by its command.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
from psycopg.conninfo import conninfo_to_dict

from architect.embedded import runtime
from architect.embedded.platform.child import Child
from architect.embedded.platform.config import AuthSettings, Configs, RestSettings, StorageSettings, split
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.folders import Folders
from architect.embedded.platform.pool import Pool
from architect.embedded.postgres import Cluster

SERVICES = ("rest", "auth", "storage")


class Lite:
    """Lite processes by environment."""

    def __init__(
        self, cluster: Cluster, folders: Folders, configs: Configs, *, api_url: str, idle_s: float
    ) -> None:
        self._cluster = cluster
        self._folders = folders
        self._configs = configs
        self._api_url = api_url
        self.pool = Pool(idle_s)

    def use(self, environment: Environment) -> AbstractAsyncContextManager[Child]:
        """The running process of ``environment``, started when needed. Raises :class:`ChildFailed`."""
        return self.pool.use(environment.ref, lambda: self._child(environment))

    async def reload_schema(self, ref: str) -> None:
        """Let the process of ``ref``, if it runs, read the catalog anew before its next request."""
        child = self.pool.running(ref)
        if child is not None:
            try:
                await child.client.post("/_reload", timeout=10)
            except httpx.HTTPError:
                await self.pool.stop(ref)

    @asynccontextmanager
    async def quiet(self, ref: str) -> AsyncIterator[None]:
        """No Lite connection to the database of ``ref`` while the body runs; requests wait."""
        async with self.pool.stopped(ref):
            yield

    async def _child(self, environment: Environment) -> Child:
        ref = environment.ref
        socket = self._folders.sockets / f"l-{ref}"
        storage = self._folders.object_store(ref)
        target = conninfo_to_dict(self._cluster.dsn(environment.database, role="lite_admin"))
        settings = {
            **self._connection(environment, target, socket, storage),
            **await self._chosen(environment),
        }
        return Child(
            name=f"lite {ref}",
            arguments=self._arguments(f"{target['host']}:{target['port']}", socket, storage),
            environment={**runtime.deno_env(), "EXPERIMENTAL_STORAGE": "1", "LITE_TELEMETRY": "0"},
            folder=self._folders.scripts,
            socket=socket,
            log=self._folders.logs / f"lite-{ref}.log",
            stdin_text=json.dumps(settings) + "\n",
        )

    def _arguments(self, postgres: str, socket: Path, storage: Path) -> list[str]:
        npm = runtime.npm_dir()
        return [
            "run",
            f"--config={npm / 'deno.json'}",
            "--frozen",  # resolves from the lock; without it Deno asks the registry even for installed parts
            "--no-prompt",
            "--cached-only",
            "--no-remote",
            "--no-check",
            f"--allow-net={postgres},unix:{socket}",
            "--allow-env",  # the process is given nothing secret to read there
            f"--allow-read={npm},{self._folders.scripts},{socket},{storage}",
            f"--allow-write={socket},{storage}",
            "--v8-flags=--max-old-space-size=256",
            str(self._folders.scripts / "lite.ts"),
        ]

    def _connection(
        self, environment: Environment, target: Mapping[str, object], socket: Path, storage: Path
    ) -> dict[str, object]:
        return {
            "socket": str(socket),
            "storage": str(storage),
            "host": target["host"],
            "port": int(str(target["port"])),
            "database": environment.database,
            "user": target["user"],
            "password": target["password"],
            "jwtSecret": environment.keys.jwt_secret,
            "publishableKey": environment.keys.publishable_key,
            "secretKey": environment.keys.secret_key,
        }

    async def _chosen(self, environment: Environment) -> dict[str, object]:
        """What was set of this environment's services."""
        ref = environment.ref
        auth = await self._configs.get(ref, AuthSettings)
        rest = await self._configs.get(ref, RestSettings)
        storage = await self._configs.get(ref, StorageSettings)
        return {
            "siteUrl": auth.site_url or f"{self._api_url}/p/{ref}",
            "redirectUrls": split(auth.uri_allow_list),
            "jwtExpiry": auth.jwt_exp,
            "signup": not auth.disable_signup,
            "emailSignup": auth.external_email_enabled,
            "anonymousSignIns": auth.external_anonymous_users_enabled,
            "passwordLength": auth.password_min_length,
            "schemas": rest.schemas,
            "searchPath": split(rest.db_extra_search_path),
            "maxRows": rest.max_rows,
            # Lite reads a size with a unit.
            "fileSizeLimit": f"{storage.fileSizeLimit}B",
        }
