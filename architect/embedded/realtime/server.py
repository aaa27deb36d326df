"""The Realtime server: one tenant per ref, made at its first use."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from architect.embedded.realtime.options import RealtimeOptions
from architect.embedded.realtime.tenant import Tenant

if TYPE_CHECKING:
    from architect.embedded.platform.environments import Environment, Environments
    from architect.embedded.platform.logs import Logs
    from architect.embedded.postgres import Cluster

LOG = "realtime_logs"


class Realtime:
    """Finds tenants and ends them with the environments they belong to."""

    def __init__(
        self, cluster: Cluster, environments: Environments, options: RealtimeOptions, logs: Logs
    ) -> None:
        self.options = options
        self._cluster = cluster
        self._environments = environments
        self._logs = logs
        self._tenants: dict[str, Tenant] = {}
        self._ending: set[asyncio.Task[None]] = set()
        environments.watch(self._reloaded)

    def tenant(self, environment: Environment) -> Tenant:
        """The tenant of an environment."""
        ref = environment.ref
        tenant = self._tenants.get(ref)
        if tenant is None:
            # Never as superuser: policies and triggers of the project's own people run on these connections.
            dsn = self._cluster.dsn(environment.database, role="postgres")
            find, note = partial(self._environments.get, ref), partial(self.note, ref)
            tenant = self._tenants[ref] = Tenant(ref, dsn, self.options, find, note)
        return tenant

    def environment(self, ref: str) -> Environment | None:
        """The environment of ``ref``, the platform's own included."""
        return self._environments.get(ref)

    def note(self, ref: str, message: str, severity: str = "INFO") -> None:
        """Add a line to the project's own Realtime log; the platform's own projects have none."""
        if self._environments.visible(ref) is not None:
            self._logs.add(ref, LOG, message, {"level": severity.lower(), "msg": message}, severity=severity)

    async def forget(self, ref: str) -> None:
        """End the tenant of ``ref``: its sockets and its database connections."""
        tenant = self._tenants.pop(ref, None)
        if tenant is not None:
            await tenant.close()

    async def close(self) -> None:
        """End every tenant."""
        await asyncio.gather(*(self.forget(ref) for ref in list(self._tenants)), *self._ending)

    def _reloaded(self) -> None:
        for ref, tenant in list(self._tenants.items()):
            if tenant.environment is None:
                del self._tenants[ref]
                task = asyncio.create_task(tenant.close(), name=f"realtime of {ref} ends")
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
            else:
                tenant.recheck()
