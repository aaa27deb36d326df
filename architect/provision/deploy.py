"""Edge functions: compared with what is there, deployed when they differ, done when they have answered."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

import architect
from architect.errors import ProvisionError
from architect.provision import invoke
from architect.provision.environment import Environment
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.recorder import digest

ENTRYPOINT = "index.ts"
IMPORT_MAP = "deno.json"
DEADLINE_S = 60.0


class Function(Protocol):
    """A function of the plan."""

    @property
    def slug(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def verify_jwt(self) -> bool: ...


async def deploy_function(
    mcp: McpServer,
    management: ManagementClient,
    environment: Environment,
    function: Function,
    *,
    folder: Path | None = None,
    deadline_s: float = DEADLINE_S,
) -> dict[str, Any]:
    """Bring ``function`` to the content of its folder and invoke it.

    Returns
    -------
    dict
        ``version``, ``digest`` (of the files and settings), ``verify_jwt``, ``url``, ``changed``,
        ``deploy_ms`` and ``invoke_ms``.

    Raises
    ------
    NotReady
        It was deployed and did not answer within ``deadline_s``.
    ProvisionError
        The platform refused, or there is no such source.
    """
    files = read_files(folder or source_folder(function.source))
    started = time.perf_counter()
    wanted = content_digest(files, function.verify_jwt)
    version = await _deployed(mcp, environment.ref, function.slug, wanted)
    changed = version is None
    if version is None:
        made = await mcp.call(
            "deploy_edge_function",
            {
                "project_id": environment.ref,
                "name": function.slug,
                "entrypoint_path": ENTRYPOINT,
                "verify_jwt": function.verify_jwt,
                "files": [{"name": name, "content": text} for name, text in files.items()],
                **({"import_map_path": IMPORT_MAP} if IMPORT_MAP in files else {}),
            },
            safe=True,  # the same files under the same name
        )
        version = int(made["version"])
    deploy_ms = round((time.perf_counter() - started) * 1000, 1)
    keys = await management.api_keys(environment.ref)
    async with invoke.http(environment) as client:
        invoke_ms = await invoke.insist(
            f"function {function.slug}",
            lambda: invoke.function(client, environment, function.slug, keys, function.source),
            deadline_s,
        )
    return {
        "version": version,
        "digest": wanted,
        "verify_jwt": function.verify_jwt,
        "url": f"{environment.functions_url}/{function.slug}",
        "changed": changed,
        "deploy_ms": deploy_ms,
        "invoke_ms": invoke_ms,
    }


def source_folder(source: str) -> Path:
    """``supabase/functions/{source}``. Raises :class:`ProvisionError` when it is not there."""
    folder = Path(architect.__file__).resolve().parents[1] / "supabase" / "functions" / source
    if not (folder / ENTRYPOINT).is_file():
        raise ProvisionError(
            f"There is no edge function source {source!r}", hint=f"Looked for {ENTRYPOINT} in {folder}."
        )
    return folder


def read_files(folder: Path) -> dict[str, str]:
    """Relative path -> text of every file in ``folder``, sorted."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in paths}


async def _deployed(mcp: McpServer, ref: str, slug: str, wanted: str) -> int | None:
    """The deployed version if it is ``wanted`` already."""
    listed = await mcp.call("list_edge_functions", {"project_id": ref})
    entry = next((f for f in listed["functions"] if f["slug"] == slug), None)
    if entry is None:
        return None
    found = await mcp.call("get_edge_function", {"project_id": ref, "function_slug": slug})
    files = {str(f["name"]): str(f["content"]) for f in found["files"]}
    same = (
        content_digest(files, bool(found.get("verify_jwt"))) == wanted
        and found["entrypoint_path"] == ENTRYPOINT
    )
    return int(found["version"]) if same else None


def content_digest(files: dict[str, str], verify_jwt: bool) -> str:
    """SHA-256 of a function's files and settings: the same for the same function, whatever its version."""
    return digest({"files": files, "verify_jwt": verify_jwt})
