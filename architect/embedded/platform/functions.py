"""Edge functions: each live version runs in a Deno process of its own, reached only through the JWT gate."""

from __future__ import annotations

import json
import logging
import shutil
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from architect.embedded import runtime
from architect.embedded.platform import deployments, gate, proxy, sources
from architect.embedded.platform.child import Child, ChildFailed
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.folders import Folders
from architect.embedded.platform.logs import Logs, severity
from architect.embedded.platform.options import Options
from architect.embedded.platform.pool import Pool
from architect.embedded.platform.store import Row, Store

log = logging.getLogger(__name__)
#: How often a call follows a function that is deployed anew at that moment.
ATTEMPTS = 5


class Functions:
    """The router of ``/functions/v1``."""

    def __init__(self, store: Store, folders: Folders, options: Options, logs: Logs, *, api_url: str) -> None:
        self._store = store
        self._folders = folders
        self._options = options
        self._logs = logs
        self._api_url = api_url
        self.pool = Pool(options.function_idle_s)

    async def handle(self, environment: Environment, slug: str, rest: str, request: Request) -> Response:
        """Answer one call of ``/functions/v1/{slug}{rest}``."""
        started = time.monotonic()
        for _ in range(ATTEMPTS):
            row = await self._store.one("functions.found", ref=environment.ref, slug=slug)
            try:
                response = await self._answer(environment, row, rest, request)
                break
            except _Replaced:
                continue
        else:
            response = _error(503, "BOOT_ERROR", "Function is being deployed again and again")
        if row is not None:
            self._note(row, rest, request, response.status_code, time.monotonic() - started)
        return response

    async def _answer(
        self, environment: Environment, row: Row | None, rest: str, request: Request
    ) -> Response:
        if row is None or row["status"] != deployments.ACTIVE:
            return _error(404, "NOT_FOUND", "Requested function was not found")
        try:
            caller = gate.identify(environment, gate.Asking.of(request, "functions"))
            reason = gate.no_jwt(caller)
            passed_on = _credentials(environment, caller)
        except gate.Refused as refused:
            # A function without the gate is open to everybody, except to keys that are not for functions.
            if refused.status == 403 or _gated(row, request):
                return JSONResponse({"code": refused.status, "message": refused.message}, refused.status)
            reason, passed_on = None, {}
        if reason is not None and _gated(row, request):
            return JSONResponse({"code": 401, "message": reason}, 401)
        try:
            return await self._call(environment, row, rest, request, passed_on)
        except ChildFailed as error:
            log.warning("%s: %s", error.message, error.details.get("log"))
            return _error(503, "BOOT_ERROR", "Function failed to start (please check logs)")

    async def stop(self, ref: str, slug: str | None = None) -> None:
        """End the processes of one function, or of the whole environment."""
        await self.pool.stop_all(f"{ref}/{slug}/" if slug else f"{ref}/")

    async def retire(self, row: Row) -> None:
        """A newer version is live: calls that are under way may finish."""
        await self.pool.retire(f"{row['ref']}/{row['slug']}/", keep=_key(row))

    async def _call(
        self, environment: Environment, row: Row, rest: str, request: Request, passed_on: dict[str, str]
    ) -> Response:
        slug = row["slug"]
        url = request.url.replace(
            scheme="http", netloc=self._api_url.removeprefix("http://"), path=f"/{slug}{rest}"
        )
        headers = [(name, value) for name, value in proxy.forwarded(request) if name not in passed_on]
        headers += passed_on.items()
        headers += [("host", url.netloc), ("x-va-url", str(url))]
        async with AsyncExitStack() as stack:
            child = await stack.enter_async_context(
                self.pool.use(_key(row), lambda: self._child(environment, row))
            )
            try:
                return await proxy.forward(
                    child,
                    stack,
                    request,
                    path="/",
                    headers=headers,
                    timeout_s=self._options.function_timeout_s,
                    max_body=self._options.max_gateway_body,
                    extra={},
                )
            except TimeoutError:
                # It may be stuck in a loop and then never answers anybody again.
                child.kill()
                log.warning("%s timed out and was ended", child.name)
                return _error(504, "WORKER_TIMEOUT", "Function did not answer in time")
            except httpx.TransportError as error:
                log.warning("%s broke off: %s; %s", child.name, error, child.cause())
                return _error(502, "WORKER_ERROR", "Function exited due to an error (please check logs)")

    async def _child(self, environment: Environment, row: Row) -> Child:
        ref, slug, version = environment.ref, row["slug"], row["version"]
        rows = await self._store.all("functions.files", ref=ref, slug=slug, version=version)
        if not rows:
            raise _Replaced
        files = {r["path"]: bytes(r["content"]) for r in rows}
        folder = self._folders.functions / ref / slug / str(version)
        config = await anyio.to_thread.run_sync(self._write, folder, files, row["import_map_path"])
        variables = await self._variables(environment)
        socket = self._folders.sockets / f"f-{row['id'].hex[:12]}-{version}"
        entrypoint = (folder / "source" / row["entrypoint_path"]).as_uri()
        return Child(
            name=f"function {slug} of {ref}",
            arguments=[
                *self._arguments(folder, config, socket, variables),
                entrypoint,
                ",".join(sorted(variables)),
                str(socket),
            ],
            environment={**runtime.deno_env(), **variables},
            folder=folder,
            socket=socket,
            log=self._folders.logs / f"function-{ref}-{slug}.log",
            on_line=lambda line: self._logs.add(
                ref, "function_logs", line, {**_identity(row), "level": "log", "event_type": "Log"}
            ),
        )

    def _write(self, folder: Path, files: dict[str, bytes], import_map_path: str | None) -> Path:
        scripts, npm = self._folders.scripts, runtime.npm_dir()
        return sources.write(folder, files, import_map_path, scripts=scripts, npm=npm)

    def _arguments(self, folder: Path, config: Path, socket: Path, variables: dict[str, str]) -> list[str]:
        scripts = self._folders.scripts
        names = ",".join(sorted(variables))
        return [
            "run",
            f"--config={config}",
            "--node-modules-dir=manual",
            "--no-lock",
            "--no-prompt",
            "--cached-only",
            "--no-remote",
            "--no-check",
            f"--allow-net={self._api_url.removeprefix('http://')},unix:{socket}",
            f"--allow-env={names}",
            f"--allow-read={folder},{socket},{scripts / 'edge_runtime.ts'}",
            f"--allow-write={socket}",
            "--v8-flags=--max-old-space-size=256",
            str(scripts / "function.ts"),
        ]

    async def _variables(self, environment: Environment) -> dict[str, str]:
        keys = environment.keys
        secrets = await self._store.all("secrets", ref=environment.ref)
        return {
            **{row["name"]: row["value"] for row in secrets},
            "SUPABASE_URL": f"{self._api_url}/p/{environment.ref}",
            "SUPABASE_ANON_KEY": keys.anon_key,
            "SUPABASE_SERVICE_ROLE_KEY": keys.service_role_key,
            **_opaque(environment, "publishable", "anon"),
            **_opaque(environment, "secret", "service_role"),
            "SB_REGION": "local",
        }

    async def forget(self, ref: str, slug: str) -> None:
        """Remove the processes and files of a deleted function."""
        await self.stop(ref, slug)
        await anyio.to_thread.run_sync(shutil.rmtree, self._folders.functions / ref / slug, True)

    def _note(self, row: Row, rest: str, request: Request, status: int, seconds: float) -> None:
        path = f"/functions/v1/{row['slug']}{rest}"
        attributes = {
            **_identity(row),
            "request.method": request.method,
            "request.path": path,
            "response.status_code": status,
            "execution_time_ms": round(seconds * 1000),
        }
        message = f"{request.method} | {status} | {path}"
        self._logs.add(row["ref"], "function_edge_logs", message, attributes, severity=severity(status))


class _Replaced(Exception):
    """Another version went live since the row was read."""


def _identity(row: Row) -> dict[str, Any]:
    return {
        "function_id": row["id"],
        "deployment_id": f"{row['ref']}_{row['id']}_{row['version']}",
        "version": row["version"],
    }


def _opaque(environment: Environment, kind: str, role: str) -> dict[str, str]:
    found = {k.name: k.api_key for k in environment.keyring.opaque if k.type == kind and k.lasting(role)}
    default = {f"SUPABASE_{kind.upper()}_KEY": found["default"]} if "default" in found else {}
    return {**default, f"SUPABASE_{kind.upper()}_KEYS": json.dumps(found)}


def _gated(row: Row, request: Request) -> bool:
    return bool(row["verify_jwt"]) and request.method != "OPTIONS"


def _credentials(environment: Environment, caller: gate.Caller) -> dict[str, str]:
    """Headers in the place of a scoped key's: a function is given what lasts a minute, never the key."""
    if caller.authorization is None:
        return {}
    scoped = caller.door is not None and not caller.door.bare
    apikey = {"apikey": environment.keys.publishable_key} if scoped else {}
    return {**apikey, "authorization": caller.authorization}


def _key(row: dict[str, Any]) -> str:
    return f"{row['ref']}/{row['slug']}/{row['version']}"


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status)
