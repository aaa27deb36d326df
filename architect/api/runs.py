"""Runs of the ``build`` deployment, by Prefect's REST API.

Importing Prefect's own client would cost a second and 80 MB, and this package never does.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from architect import redaction
from architect.errors import EngineUnavailable
from architect.sessions.runs import run_key, run_name

FLOW, DEPLOYMENT = "build", "build"
#: Flow and deployment that carry out requests about drift.
RESTORE = "restore/restore"
TIMEOUT_S, HEALTH_TIMEOUT_S = 5.0, 1.0
STARTS_AT_ONCE = 4
#: State types after which a run does nothing more.
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
#: State types of a run that the engine is about to begin.
COMING = frozenset({"SCHEDULED", "PENDING"})


@dataclass(frozen=True, slots=True)
class Run:
    """One flow run of a session."""

    id: str
    name: str
    #: Prefect's name of the state, such as ``Late``, and its type, such as ``SCHEDULED``.
    state: str
    type: str

    @property
    def ended(self) -> bool:
        return self.type in ENDED


class BuildRuns:
    """Starts, stops and finds the flow runs of sessions."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._deployment_id: str | None = None
        #: A burst of sessions waits here, and not in the server, where it would run into the timeout.
        self._starting = asyncio.Semaphore(STARTS_AT_ONCE)

    async def start(self, session_id: str, attempt: int) -> Run:
        """A run of this attempt, now: the one that there is already, or a new one.

        Raises :class:`EngineUnavailable`.
        """
        wanted = {
            "name": run_name(session_id),
            "parameters": {"session_id": session_id},
            "idempotency_key": run_key(session_id, attempt),
        }
        async with self._starting:
            deployment = await self._deployment()
            made = await self._post(f"/deployments/{deployment}/create_flow_run", wanted)
        return _run(made)

    async def carry_out(self, request_id: str) -> Run:
        """A run that carries out a request about drift, now; asked for twice it is one run.

        Raises :class:`EngineUnavailable`; the next sweep of the sentinel then takes the request up.
        """
        wanted = {"parameters": {"request_id": request_id}, "idempotency_key": f"drift:{request_id}"}
        async with self._starting:
            found = await self._send("GET", f"/deployments/name/{RESTORE}")
            made = await self._post(f"/deployments/{found['id']}/create_flow_run", wanted)
        return _run(made)

    async def cancel(self, session_id: str) -> list[Run]:
        """Ask the engine to stop whatever run of the session is alive; those that were.

        Raises :class:`EngineUnavailable`.
        """
        alive = [run for run in await self.of(session_id) if not run.ended]
        for run in alive:
            # A run that has not begun becomes Cancelled at once; the others as soon as their process is gone.
            state = {"type": "CANCELLING", "name": "Cancelling", "message": "The session was canceled."}
            await self._post(f"/flow_runs/{run.id}/set_state", {"state": state})
        return alive

    async def end_canceled(self, after: timedelta) -> list[str]:
        """Mark runs as canceled that were asked to stop more than ``after`` ago; their names.

        Prefect's runner misses a request that comes while it starts the run; the engine then refuses to begin
        it, and nothing else ends it. No process is stopped here: where one lives, its session, once canceled,
        takes nothing from it.

        Raises :class:`EngineUnavailable`.
        """
        wanted = {
            "flows": {"name": {"any_": [FLOW]}},
            "flow_runs": {"state": {"type": {"any_": ["CANCELLING"]}}},
            "limit": 200,
        }
        asked = datetime.now(UTC) - after
        state = {"type": "CANCELLED", "name": "Cancelled", "message": "The session was canceled."}
        ended = []
        for found in await self._post("/flow_runs/filter", wanted):
            if datetime.fromisoformat(found["state"]["timestamp"]) < asked:
                await self._post(f"/flow_runs/{found['id']}/set_state", {"state": state, "force": True})
                ended.append(str(found["name"]))
        return ended

    async def wake(self, session_id: str, attempt: int, *, insist: bool = False) -> Run | None:
        """Let the build of a session go on whose run stepped aside as ``attempt``.

        A suspended run is resumed. Where there is none, a new run is started; ``None`` when one is alive that
        is about to suspend or to go on. With ``insist`` such a run is taken for dead, and so is one
        that was killed between its suspension and its form: nothing can resume it.

        Raises :class:`EngineUnavailable`.
        """
        alive = [run for run in await self.of(session_id) if not run.ended]
        for run in (run for run in alive if run.type == "PAUSED"):
            answer = await self._post(f"/flow_runs/{run.id}/resume", {"run_input": {"approve": True}})
            if answer.get("status") == "ACCEPT":
                return run
        if alive and (not insist or any(run.type in COMING for run in alive)):
            return None
        if alive:
            await self.cancel(session_id)
        return await self.start(session_id, attempt + 1)

    async def of(self, session_id: str, *, limit: int = 20) -> list[Run]:
        """The session's runs, the newest first. Raises :class:`EngineUnavailable`."""
        wanted = {
            "flow_runs": {"name": {"any_": [run_name(session_id)]}},
            "sort": "EXPECTED_START_TIME_DESC",
            "limit": limit,
        }
        return [_run(found) for found in await self._post("/flow_runs/filter", wanted)]

    async def health(self) -> None:
        """Raises :class:`EngineUnavailable` unless the server answers."""
        await self._send("GET", "/health", timeout_s=HEALTH_TIMEOUT_S)

    async def _deployment(self) -> str:
        if self._deployment_id is None:
            found = await self._send("GET", f"/deployments/name/{FLOW}/{DEPLOYMENT}")
            self._deployment_id = str(found["id"])
        return self._deployment_id

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        return await self._send("POST", path, body)

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> Any:
        try:
            response = await self._client.request(method, path, json=body, timeout=timeout_s)
            if response.status_code == 404:
                self._deployment_id = None  # the runner may register it anew
                raise EngineUnavailable(
                    "The Prefect server does not know the build deployment",
                    hint="It appears when the runner starts: `architect up`.",
                )
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            raise EngineUnavailable(f"The Prefect server answers {error.response.status_code}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise EngineUnavailable() from error


@asynccontextmanager
async def open_runs(api_url: str) -> AsyncIterator[BuildRuns]:
    """A client of the server at ``api_url``, with the credentials that Prefect's own settings name."""
    local = urlsplit(api_url).hostname in ("127.0.0.1", "localhost", "::1")
    async with httpx.AsyncClient(
        base_url=api_url, timeout=TIMEOUT_S, headers=_credentials(), trust_env=not local
    ) as client:
        yield BuildRuns(client)


def _credentials() -> dict[str, str]:
    key, pair = os.environ.get("PREFECT_API_KEY"), os.environ.get("PREFECT_API_AUTH_STRING")
    redaction.register(key, "prefect-key")
    redaction.register(pair, "prefect-key")
    if key:
        return {"authorization": f"Bearer {key}"}
    if pair:
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _run(found: dict[str, Any]) -> Run:
    return Run(
        id=str(found["id"]),
        name=str(found["name"]),
        state=str(found.get("state_name") or ""),
        type=str(found.get("state_type") or ""),
    )
