"""``/v1/projects/{ref}/functions``."""

from __future__ import annotations

import json
import secrets
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from architect.embedded.platform import sources
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.server import Server
from architect.embedded.platform.store import Row, execute

router = APIRouter(prefix="/projects/{ref}/functions")
IMPORT_MAPS = ("deno.json", "import_map.json")


class Metadata(BaseModel):
    """The JSON part of a deploy."""

    name: str | None = Field(default=None, max_length=256)
    entrypoint_path: str = "index.ts"
    import_map_path: str | None = None
    verify_jwt: bool = True


class FunctionPatch(BaseModel):
    name: str | None = Field(default=None, min_length=1, max_length=256)
    verify_jwt: bool | None = None


@router.get("")
async def index(server: Parts, ref: str) -> list[dict[str, Any]]:
    environment = server.environment(ref)
    return [wire(row) for row in await server.store.all("functions", ref=environment.ref)]


@router.post("/deploy", status_code=201)
async def deploy(server: Parts, ref: str, request: Request, slug: str | None = None) -> dict[str, Any]:
    environment = server.active(ref)
    metadata, files = await _parse(request)
    slug = sources.check_slug(slug or metadata.name or "")
    entrypoint = _among(files, metadata.entrypoint_path, "entrypoint_path")
    import_map = _import_map(files, entrypoint, metadata.import_map_path)
    values = {
        "ref": environment.ref,
        "slug": slug,
        "name": metadata.name or slug,
        "verify_jwt": metadata.verify_jwt,
        "entrypoint_path": entrypoint,
        "import_map_path": import_map,
    }
    async with server.store.transaction() as conn:
        row = (await execute(conn, "upsert_function", values))[0]
        await execute(conn, "delete_function_files", {"ref": environment.ref, "slug": slug})
        for path, content in files.items():
            file = {"ref": environment.ref, "slug": slug, "path": path, "content": content}
            await execute(conn, "insert_function_file", file)
    await server.functions.retire(row)
    return wire(row)


@router.get("/{slug}")
async def show(server: Parts, ref: str, slug: str) -> dict[str, Any]:
    return wire(await _find(server, ref, slug))


@router.get("/{slug}/body")
async def body(server: Parts, ref: str, slug: str) -> Response:
    row = await _find(server, ref, slug)
    rows = await server.store.all("function_files", ref=row["ref"], slug=slug)
    boundary = f"----formdata-{secrets.token_hex(12)}"
    parts = [_part(boundary, f"source/{file['path']}", bytes(file["content"])) for file in rows]
    content = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Response(content, media_type=f"multipart/form-data; boundary={boundary}")


@router.patch("/{slug}")
async def update(server: Parts, ref: str, slug: str, body: FunctionPatch) -> dict[str, Any]:
    row = await _find(server, ref, slug)
    changed = await server.store.one(
        "patch_function", ref=row["ref"], slug=slug, name=body.name, verify_jwt=body.verify_jwt
    )
    if changed is None:
        raise not_found("Function")
    await server.functions.retire(changed)
    return wire(changed)


@router.delete("/{slug}")
async def delete(server: Parts, ref: str, slug: str) -> None:
    row = await _find(server, ref, slug)
    await server.store.run("delete_function", ref=row["ref"], slug=slug)
    await server.functions.forget(row["ref"], slug)


def wire(row: Row) -> dict[str, Any]:
    """The hosted API's function object; paths are URLs under the deployment's own folder."""
    base = f"file:///tmp/user_fn_{row['ref']}_{row['id']}_{row['version']}/source/"
    answer = {
        "id": str(row["id"]),
        "slug": row["slug"],
        "name": row["name"],
        "status": row["status"],
        "version": row["version"],
        "created_at": int(row["created_at"].timestamp() * 1000),
        "updated_at": int(row["updated_at"].timestamp() * 1000),
        "verify_jwt": row["verify_jwt"],
        "import_map": row["import_map_path"] is not None,
        "entrypoint_path": base + row["entrypoint_path"],
    }
    if row["import_map_path"] is not None:
        answer["import_map_path"] = base + row["import_map_path"]
    return answer


async def _parse(request: Request) -> tuple[Metadata, dict[str, bytes]]:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(400, "Expected multipart/form-data")
    form = await request.form(max_files=sources.MAX_FILES, max_fields=20)
    given = form.get("metadata")
    raw = await given.read() if isinstance(given, UploadFile) else (given or "{}").encode()
    try:
        metadata = Metadata.model_validate(json.loads(raw))
    except (ValueError, ValidationError) as error:
        raise ApiError(400, "metadata: not a valid function description") from error
    files: dict[str, bytes] = {}
    for upload in form.getlist("file"):
        if isinstance(upload, UploadFile):
            files[sources.clean_path(upload.filename or "")] = await upload.read()
    if not files:
        raise ApiError(400, "At least one file is needed")
    return metadata, files


def _among(files: dict[str, bytes], path: str, field: str) -> str:
    """``path`` as it is named among ``files``; clients send it relative, absolute or as a URL."""
    cleaned = sources.clean_path(path.removeprefix("file://").lstrip("/") or path)
    if cleaned in files:
        return cleaned
    matches = [name for name in files if cleaned.endswith(f"/{name}") or name.endswith(f"/{cleaned}")]
    if len(matches) == 1:
        return matches[0]
    raise ApiError(400, f"{field}: {cleaned} is not among the uploaded files")


def _import_map(files: dict[str, bytes], entrypoint: str, given: str | None) -> str | None:
    if given:
        found = _among(files, given, "import_map_path")
    else:
        beside = [str(PurePosixPath(entrypoint).parent / name) for name in IMPORT_MAPS]
        candidates = [name for name in (*beside, *IMPORT_MAPS) if name in files]
        if not candidates:
            return None
        found = candidates[0]
    sources.import_map(files[found])
    return found


async def _find(server: Server, ref: str, slug: str) -> Row:
    row = await server.store.one("function", ref=server.environment(ref).ref, slug=slug)
    if row is None:
        raise not_found("Function")
    return row


def _part(boundary: str, filename: str, content: bytes) -> bytes:
    disposition = f'Content-Disposition: form-data; name="file"; filename="{filename}"'
    head = f"--{boundary}\r\n{disposition}\r\nContent-Type: application/typescript\r\n\r\n"
    return head.encode() + content + b"\r\n"
