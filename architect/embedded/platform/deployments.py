"""Versions of edge functions: bundled, made live, changed and removed, each in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from psycopg.types.json import Jsonb

from architect.embedded.platform import sources
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.store import Connection, Row, Store, execute

ACTIVE = "ACTIVE"
IMPORT_MAPS = ("deno.json", "deno.jsonc", "import_map.json")
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A function as it is uploaded: what is said of it, and its files."""

    slug: str
    name: str
    verify_jwt: bool
    entrypoint_path: str
    import_map_path: str | None
    files: Files = field(repr=False)

    @property
    def digest(self) -> str:
        """One number for all paths and contents."""
        parts = (
            hashlib.sha256(path.encode()).digest() + hashlib.sha256(content).digest()
            for path, content in sorted(self.files.items(), key=lambda item: item[0].encode())
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def described(self) -> dict[str, Any]:
        """Everything but the slug and the files."""
        return {k: v for k, v in _values(self).items() if k != "slug"}


def bundle(
    files: Files, *, slug: str, name: str | None, entrypoint: str, import_map: str | None, verify_jwt: bool
) -> Bundle:
    """Check an upload. Raises :class:`ApiError` 400 when its paths or its import map do not fit."""
    sources.check_slug(slug)
    sources.check_tree(files)
    start = _among(files, entrypoint, "entrypoint_path")
    return Bundle(slug, name or slug, verify_jwt, start, _import_map(files, start, import_map), files)


async def listed(store: Store, ref: str, slug: str | None = None) -> list[Row]:
    """The functions of ``ref`` with their digests; only ``slug`` when it is given."""
    return await store.all("functions.listed", ref=ref, slug=slug)


async def deploy(store: Store, ref: str, made: Bundle) -> Row:
    """Make ``made`` the live version."""
    async with store.transaction() as conn:
        await _lock(conn, ref, made.slug)
        return await _go_live(conn, ref, made)


async def stage(store: Store, ref: str, made: Bundle) -> Row:
    """Keep ``made`` until :func:`activate`; answers the function as it will be."""
    key = {"ref": ref, "slug": made.slug, "digest": made.digest}
    async with store.transaction() as conn:
        await _lock(conn, ref, made.slug)
        await execute(conn, "functions.trim_bundles", key)
        values = {**key, "description": Jsonb(made.described())}
        staged = (await execute(conn, "functions.put_bundle", values))[0]
        for path, content in made.files.items():
            await execute(conn, "functions.add_bundle_file", {**key, "path": path, "content": content})
        live = (await execute(conn, "functions.found", key))[:1]
    return {
        **(live[0] if live else {"id": staged["id"]}),
        **_values(made),
        "ref": ref,
        "digest": made.digest,
        "status": ACTIVE,
        "version": live[0]["version"] + 1 if live else 1,
    }


async def activate(store: Store, ref: str, items: list[dict[str, Any]]) -> list[Row]:
    """Make staged bundles live and change what is said of functions that are; all or nothing. Returns those
    whose processes have to go.

    Raises :class:`ApiError` 400 for a digest that was never staged.
    """
    changed: list[Row] = []
    async with store.transaction() as conn:
        for item in sorted(items, key=lambda i: str(i["slug"])):
            await _lock(conn, ref, item["slug"])
            changed += await _activate(conn, ref, item)
    return changed


async def change(store: Store, ref: str, slug: str, source: bytes | None, **said: Any) -> Row | None:
    """Change name and gate of the live version, or with ``source`` replace its entrypoint."""
    async with store.transaction() as conn:
        await _lock(conn, ref, slug)
        found = await execute(conn, "functions.found", {"ref": ref, "slug": slug})
        if not found:
            return None
        row = found[0]
        values = {**row, **{k: v for k, v in said.items() if v is not None}, "version": row["version"] + 1}
        if source is None:
            return (await execute(conn, "functions.describe", {**values, "status": None}))[0]
        rows = await execute(conn, "functions.files", row)
        files = {file["path"]: bytes(file["content"]) for file in rows}
        changed = (await execute(conn, "functions.put", values))[0]
        await _put_files(conn, changed, {**files, row["entrypoint_path"]: source})
        return changed


async def _activate(conn: Connection, ref: str, item: dict[str, Any]) -> list[Row]:
    key = {"ref": ref, "slug": item["slug"], "digest": item["ezbr_sha256"]}
    live = (await execute(conn, "functions.listed", key))[:1]
    said = {"name": item["name"], "status": item["status"], "version": item["version"]}
    if live and item["ezbr_sha256"] in (None, live[0]["digest"]):
        return await execute(conn, "functions.describe", {**key, **said, "verify_jwt": item["verify_jwt"]})
    staged = await execute(conn, "functions.bundle", key)
    if not staged:
        raise ApiError(
            400, f"{item['slug']}: no bundle has this ezbr_sha256; deploy it with bundleOnly=true first"
        )
    values = {**key, **staged[0]["description"], **said, "id": staged[0]["id"]}
    if item["verify_jwt"] is not None:
        values["verify_jwt"] = item["verify_jwt"]
    row = (await execute(conn, "functions.put", values))[0]
    await execute(conn, "functions.clear_files", key)
    await execute(conn, "functions.use_bundle", key)
    return [row]


async def _go_live(conn: Connection, ref: str, made: Bundle) -> Row:
    values = {**_values(made), "ref": ref, "status": ACTIVE, "version": 0, "id": None}
    row = (await execute(conn, "functions.put", values))[0]
    await _put_files(conn, row, made.files)
    return {**row, "digest": made.digest}


async def _put_files(conn: Connection, row: Row, files: Files) -> None:
    await execute(conn, "functions.clear_files", row)
    for path, content in files.items():
        await execute(conn, "functions.add_file", {**row, "path": path, "content": content})


async def _lock(conn: Connection, ref: str, slug: str) -> None:
    # Two deploys of one function at once: one after the other, each whole.
    await execute(conn, "functions.lock", {"ref": ref, "slug": slug})


def _values(made: Bundle) -> dict[str, Any]:
    return {k: v for k, v in asdict(made).items() if k != "files"}


def _among(files: Files, path: str, field: str) -> str:
    """``path`` as it is named among ``files``; clients send it relative, absolute or as a URL."""
    cleaned = sources.clean_path(path.removeprefix("file://").lstrip("/") or path)
    if cleaned in files:
        return cleaned
    matches = [name for name in files if cleaned.endswith(f"/{name}") or name.endswith(f"/{cleaned}")]
    if len(matches) == 1:
        return matches[0]
    raise ApiError(400, f"{field}: {cleaned} is not among the uploaded files")


def _import_map(files: Files, entrypoint: str, given: str | None) -> str | None:
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
