"""Everything one running platform server holds, and the order in which it starts and stops."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from architect.embedded.home import home_dir
from architect.embedded.platform.config import Configs
from architect.embedded.platform.databases import Databases
from architect.embedded.platform.environments import Environment, Environments
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.faults import Faults
from architect.embedded.platform.folders import Folders
from architect.embedded.platform.functions import Functions
from architect.embedded.platform.lite import Lite
from architect.embedded.platform.logs import Logs
from architect.embedded.platform.migrations import Versions
from architect.embedded.platform.options import Options
from architect.embedded.platform.store import Store
from architect.embedded.postgres import Cluster
from architect.embedded.realtime.options import RealtimeOptions
from architect.embedded.realtime.server import Realtime
from architect.embedded.state import PlatformState


@dataclass(slots=True)
class Server:
    """The parts of the platform, wired together."""

    state: PlatformState
    options: Options
    store: Store
    databases: Databases
    environments: Environments
    folders: Folders
    lite: Lite
    functions: Functions
    configs: Configs
    logs: Logs
    realtime: Realtime
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    #: Armed by tests, see :mod:`architect.embedded.platform.faults`.
    faults: Faults = field(default_factory=Faults)
    versions: dict[str, Versions] = field(default_factory=lambda: defaultdict(Versions))
    #: Access tokens that tests add; none while the fixtures are off.
    tokens: set[str] = field(default_factory=set, repr=False)
    #: Whether lists leave out the organization and the workspace that are always there; for tests.
    hides_own: bool = False
    #: Deletes the branches whose time has come.
    sweeper: asyncio.Task[None] | None = None

    @classmethod
    def build(cls, state: PlatformState, cluster: Cluster, options: Options) -> Server:
        """Wire the parts; nothing runs yet."""
        api_url = f"http://127.0.0.1:{state.platform_port}"
        store = Store(cluster.dsn("platform", role="platform"))
        folders = Folders.prepare(home_dir())
        configs, logs, environments = Configs(store), Logs(store), Environments(store)
        return cls(
            state=state,
            options=options,
            store=store,
            databases=Databases(cluster),
            environments=environments,
            folders=folders,
            lite=Lite(cluster, folders, configs, api_url=api_url, idle_s=options.lite_idle_s),
            functions=Functions(store, folders, options, logs, api_url=api_url),
            configs=configs,
            logs=logs,
            realtime=Realtime(cluster, environments, RealtimeOptions(), logs),
        )

    async def open(self) -> None:
        await self.store.open()
        await self.environments.load()
        self.lite.pool.open()
        self.functions.pool.open()
        self.logs.open()

    async def close(self) -> None:
        """Stop every child process."""
        if self.sweeper is not None:
            self.sweeper.cancel()
            await asyncio.gather(self.sweeper, return_exceptions=True)
        await asyncio.gather(self.lite.pool.close(), self.functions.pool.close(), self.realtime.close())
        await self.logs.close()
        await self.store.close()
        self.folders.close()

    def lock(self, ref: str) -> asyncio.Lock:
        """Serialises what changes the set of databases around project ``ref``."""
        return self.locks.setdefault(ref, asyncio.Lock())

    def environment(self, ref: str) -> Environment:
        """The environment of a project or branch ref as /v1 sees it. Raises :class:`ApiError` 404."""
        environment = self.environments.visible(ref)
        if environment is None:
            raise not_found("Project")
        return environment

    def active(self, ref: str) -> Environment:
        """As :meth:`environment`, and it is not paused. Raises :class:`ApiError` 400."""
        environment = self.environment(ref)
        if environment.paused:
            raise ApiError(400, "Project is paused")
        return environment

    def dsn(self, environment: Environment, role: str = "postgres") -> str:
        return self.databases.cluster.dsn(environment.database, role=role)

    async def forget(self, row: dict[str, Any]) -> None:
        """Remove an environment: processes, database, keys, files. Safe to repeat."""
        ref = row["ref"]
        self.environments.close(ref)
        await asyncio.gather(self.lite.pool.stop(ref), self.functions.stop(ref), self.realtime.forget(ref))
        await self.databases.drop(row["database"])
        await self.store.run("delete_environment", ref=ref)
        await self.environments.load()
        # A request that came just before the door was closed may have started a process once more.
        await asyncio.gather(self.lite.pool.stop(ref), self.functions.stop(ref))
        self.folders.forget(ref)
