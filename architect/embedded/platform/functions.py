"""Edge functions: each live version runs in a Deno process of its own, reached only through the JWT gate."""

from __future__ import annotations

import json
import logging
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from architect.embedded import runtime
from architect.embedded.platform import gate, proxy, sources
from architect.embedded.platform.child import Child, ChildFailed
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.folders import Folders
from architect.embedded.platform.options import Options
from architect.embedded.platform.pool import Pool
from architect.embedded.platform.store import Row, Store

log = logging.getLogger(__name__)


class Functions:
    """The router of ``/functions/v1``."""

    def __init__(self, store: Store, folders: Folders, options: Options, *, api_url: str) -> None:
        self._store = store
        self._folders = folders
        self._options = options
        self._api_url = api_url
        self.pool = Pool(options.function_idle_s)

    async def handle(self, environment: Environment, slug: str, rest: str, request: Request) -> Response:
        """Answer one call of ``/functions/v1/{slug}{rest}``."""
        row = await self._store.one("function", ref=environment.ref, slug=slug)
        if row is None:
            return _error(404, "NOT_FOUND", "Requested function was not found")
        if row["verify_jwt"] and request.method != "OPTIONS":
            reason = gate.refusal(environment.keys, request.headers)
            if reason is not None:
                return JSONResponse({"code": 401, "message": reason}, 401)
        try:
            return await self._call(environment, row, rest, request)
        except ChildFailed as error:
            log.warning("%s: %s", error.message, error.details.get("log"))
            return _error(503, "BOOT_ERROR", "Function failed to start (please check logs)")

    async def stop(self, ref: str, slug: str | None = None) -> None:
        """End the processes of one function, or of the whole environment."""
        await self.pool.stop_all(f"{ref}/{slug}/" if slug else f"{ref}/")

    async def retire(self, row: Row) -> None:
        """A newer version is live: calls that are under way may finish."""
        await self.pool.retire(f"{row['ref']}/{row['slug']}/", keep=_key(row))

    async def _call(self, environment: Environment, row: Row, rest: str, request: Request) -> Response:
        slug = row["slug"]
        url = request.url.replace(
            scheme="http", netloc=self._api_url.removeprefix("http://"), path=f"/{slug}{rest}"
        )
        headers = [*proxy.forwarded(request), ("host", url.netloc), ("x-va-url", str(url))]
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
        rows = await self._store.all("function_files", ref=ref, slug=slug)
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
            "SUPABASE_PUBLISHABLE_KEY": keys.publishable_key,
            "SUPABASE_SECRET_KEY": keys.secret_key,
            "SUPABASE_PUBLISHABLE_KEYS": json.dumps({"default": keys.publishable_key}),
            "SUPABASE_SECRET_KEYS": json.dumps({"default": keys.secret_key}),
            "SB_REGION": "local",
        }

    async def forget(self, ref: str, slug: str) -> None:
        """Remove the processes and files of a deleted function."""
        await self.stop(ref, slug)
        await anyio.to_thread.run_sync(shutil.rmtree, self._folders.functions / ref / slug, True)


def _key(row: dict[str, Any]) -> str:
    return f"{row['ref']}/{row['slug']}/{row['version']}"


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status)
