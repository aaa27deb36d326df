"""``/v1/projects/{ref}/functions``."""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from architect.embedded.platform import deployments, sources
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.server import Server
from architect.embedded.platform.store import Row

router = APIRouter(prefix="/projects/{ref}/functions")
ESZIP = "application/vnd.denoland.eszip"
MAX_VERSION = 2**31 - 1
Model = TypeVar("Model", bound=BaseModel)
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]
Path = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Metadata(BaseModel):
    """The JSON part of a deploy."""

    name: Name | None = None
    entrypoint_path: Path = "index.ts"
    import_map_path: str | None = Field(default=None, max_length=1024)
    verify_jwt: bool = True


class Source(BaseModel):
    """A function in one file, as JSON."""

    name: Name | None = None
    body: Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]*$")] | None = None
    verify_jwt: bool | None = None


class NewSource(Source):
    slug: str
    name: Name
    body: Annotated[str, StringConstraints(min_length=1)]


class Update(BaseModel):
    """One of the functions of a bulk update."""

    slug: str
    name: Name
    status: Literal["ACTIVE", "REMOVED", "THROTTLED"]
    version: int = Field(ge=0, le=MAX_VERSION)
    verify_jwt: bool | None = None
    ezbr_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


@router.get("")
async def index(server: Parts, ref: str) -> list[dict[str, Any]]:
    return [wire(row) for row in await deployments.listed(server.store, server.environment(ref).ref)]


@router.post("", status_code=201)
async def create(server: Parts, ref: str, request: Request) -> dict[str, Any]:
    """One file as JSON; anything larger is for ``/deploy``."""
    environment = server.active(ref)
    body = await _json(request, NewSource)
    if await server.store.one("functions.found", ref=environment.ref, slug=sources.check_slug(body.slug)):
        raise ApiError(400, "Duplicated function slug")
    made = deployments.bundle(
        {"index.ts": body.body.encode()}, slug=body.slug, name=body.name, entrypoint="index.ts",
        import_map=None, verify_jwt=body.verify_jwt is not False,
    )  # fmt: skip
    return await _deployed(server, environment.ref, made)


@router.put("")
async def bulk(server: Parts, ref: str, body: list[Update]) -> dict[str, Any]:
    """Make staged bundles live; functions that are not named stay as they are."""
    environment = server.active(ref)
    slugs = [sources.check_slug(item.slug) for item in body]
    if len(set(slugs)) < len(slugs):
        raise ApiError(400, "slug: each function may be named once")
    items = [item.model_dump() for item in body]
    for row in await deployments.activate(server.store, environment.ref, items):
        await server.functions.retire(row)
    rows = await deployments.listed(server.store, environment.ref)
    return {"functions": [_with_digest(row) for row in rows]}


@router.post("/deploy", status_code=201)
async def deploy(
    server: Parts, ref: str, request: Request, slug: str | None = None, bundleOnly: bool = False
) -> dict[str, Any]:
    environment = server.active(ref)
    metadata, files = await _parse(request)
    made = deployments.bundle(
        files, slug=slug or metadata.name or "", name=metadata.name, entrypoint=metadata.entrypoint_path,
        import_map=metadata.import_map_path, verify_jwt=metadata.verify_jwt,
    )  # fmt: skip
    if bundleOnly:
        return _with_digest(await deployments.stage(server.store, environment.ref, made))
    return await _deployed(server, environment.ref, made)


@router.get("/{slug}")
async def show(server: Parts, ref: str, slug: str) -> dict[str, Any]:
    return wire(await _find(server, ref, slug))


@router.get("/{slug}/body")
async def body(server: Parts, ref: str, slug: str, request: Request) -> Response:
    """The sources: there is no other form of them here."""
    row = await _find(server, ref, slug)
    if request.headers.get("accept", "*/*").strip() == ESZIP:
        raise ApiError(406, "The sources are only served as multipart/form-data")
    rows = await server.store.all("functions.files", **{k: row[k] for k in ("ref", "slug", "version")})
    boundary = f"----formdata-{secrets.token_hex(12)}"
    paths = {"entrypoint_path": row["entrypoint_path"], "import_map_path": row["import_map_path"]}
    metadata = {"deno2_entrypoint_path": f"source/{row['entrypoint_path']}"} | {
        name: f"source/{path}" for name, path in paths.items() if path is not None
    }
    parts = [_part(boundary, 'name="metadata"', "application/json", json.dumps(metadata).encode())]
    parts += [
        _part(
            boundary, f'name="file"; filename="source/{file["path"]}"', "application/typescript",
            bytes(file["content"]),
        )
        for file in rows
    ]  # fmt: skip
    content = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Response(content, media_type=f"multipart/form-data; boundary={boundary}")


@router.patch("/{slug}")
async def update(server: Parts, ref: str, slug: str, request: Request) -> dict[str, Any]:
    row = await _find(server, ref, slug)
    body = await _json(request, Source)
    source = None if body.body is None else body.body.encode()
    changed = await deployments.change(
        server.store, row["ref"], slug, source, name=body.name, verify_jwt=body.verify_jwt
    )
    if changed is None:
        raise not_found("Function")
    await server.functions.retire(changed)
    return await show(server, ref, slug)


@router.delete("/{slug}")
async def delete(server: Parts, ref: str, slug: str) -> JSONResponse:
    row = await _find(server, ref, slug)
    await server.store.run("functions.delete", ref=row["ref"], slug=slug)
    await server.functions.forget(row["ref"], slug)
    return JSONResponse(None)


def wire(row: Row) -> dict[str, Any]:
    """The hosted API's function object; paths are URLs under the deployment's own folder."""
    base = f"file:///tmp/user_fn_{row['ref']}_{row['id']}_{row['version']}/source/"
    answer = {
        "id": str(row["id"]),
        "slug": row["slug"],
        "name": row["name"],
        "status": row["status"],
        "version": row["version"],
        "verify_jwt": row["verify_jwt"],
        "import_map": row["import_map_path"] is not None,
        "entrypoint_path": base + row["entrypoint_path"],
    }
    for stamp in ("created_at", "updated_at"):
        if stamp in row:
            answer[stamp] = int(row[stamp].timestamp() * 1000)
    if row["import_map_path"] is not None:
        answer["import_map_path"] = base + row["import_map_path"]
    return answer


def _with_digest(row: Row) -> dict[str, Any]:
    # Only where a client needs it to make a bundle live: others compare the object as a whole.
    return {**wire(row), "ezbr_sha256": row["digest"]}


async def _deployed(server: Server, ref: str, made: deployments.Bundle) -> dict[str, Any]:
    row = await deployments.deploy(server.store, ref, made)
    await server.functions.retire(row)
    return wire(row)


async def _json(request: Request, kind: type[Model]) -> Model:
    if request.headers.get("content-type", "").startswith(ESZIP):
        raise ApiError(400, "Only sources can be run here; upload them: POST .../functions/deploy")
    # The hosted API takes what is not the source from the query as well.
    said = {k: v for k, v in request.query_params.items() if k in kind.model_fields}
    try:
        return kind.model_validate({**said, **json.loads(await request.body() or b"{}")})
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ApiError(400, "; ".join(problems)) from None
    except (ValueError, TypeError) as error:
        raise ApiError(400, "The body is not a JSON object") from error


async def _parse(request: Request) -> tuple[Metadata, dict[str, bytes]]:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(400, "Expected multipart/form-data")
    async with request.form(max_files=sources.MAX_FILES, max_fields=20) as form:
        given = form.get("metadata")
        raw = await given.read() if isinstance(given, UploadFile) else (given or "{}").encode()
        files: dict[str, bytes] = {}
        for upload in form.getlist("file"):
            if isinstance(upload, UploadFile):
                path = sources.clean_path(upload.filename or "")
                if path in files:
                    raise ApiError(400, f"file: {path} is there twice")
                files[path] = await upload.read()
    try:
        metadata = Metadata.model_validate(json.loads(raw))
    except (ValueError, ValidationError) as error:
        raise ApiError(400, "metadata: not a valid function description") from error
    if not files:
        raise ApiError(400, "At least one file is needed")
    return metadata, files


async def _find(server: Server, ref: str, slug: str) -> Row:
    rows = await deployments.listed(server.store, server.environment(ref).ref, slug)
    if not rows:
        raise not_found("Function")
    return rows[0]


def _part(boundary: str, names: str, media_type: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {names}\r\nContent-Type: {media_type}\r\n\r\n"
    return head.encode() + content + b"\r\n"
