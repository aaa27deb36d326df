"""``/v1/projects/{ref}/secrets``: what edge functions find in their environment."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from architect.embedded.platform.api_types import Text
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.store import execute
from architect.redaction import register

router = APIRouter(prefix="/projects/{ref}/secrets")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
#: Names that would change how the runtime itself behaves, or shadow what the platform provides.
RESERVED = ("SUPABASE_", "SB_", "DENO_", "LD_", "NODE_", "NPM_", "PATH", "HOME", "V8_")


def check_name(name: str) -> str:
    """``name``, when a function may be given a variable of that name. Raises :class:`ValueError`."""
    if not NAME.fullmatch(name) or name.upper().startswith(RESERVED):
        raise ValueError("not a usable secret name")
    return name


Name = Annotated[str, AfterValidator(check_name)]
Value = Annotated[Text, Field(max_length=24_576)]


class Secret(BaseModel):
    name: Name
    value: Value = Field(repr=False)


@router.get("")
async def index(server: Parts, ref: str) -> list[dict[str, Any]]:
    rows = await server.store.all("secrets", ref=server.environment(ref).ref)
    # Like the hosted API: the digest tells whether a value changed and gives nothing away.
    return [
        {
            "name": row["name"],
            "value": hashlib.sha256(row["value"].encode()).hexdigest(),
            "updated_at": row["updated_at"].isoformat(),
        }
        for row in rows
    ]


@router.post("", status_code=201)
async def upsert(server: Parts, ref: str, body: list[Secret]) -> None:
    environment = server.environment(ref)
    async with server.store.transaction() as conn:
        for secret in body:
            register(secret.value, "function-secret")
            values = {"ref": environment.ref, "name": secret.name, "value": secret.value}
            await execute(conn, "upsert_secret", values)
    await server.functions.stop(environment.ref)


@router.delete("")
async def delete(server: Parts, ref: str, body: list[Text]) -> None:
    environment = server.environment(ref)
    await server.store.run("delete_secrets", ref=environment.ref, names=body)
    await server.functions.stop(environment.ref)
