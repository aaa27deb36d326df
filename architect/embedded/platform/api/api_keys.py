"""``/v1/projects/{ref}/api-keys``."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Header
from psycopg.types.json import Jsonb
from pydantic import AfterValidator, AwareDatetime, BaseModel, StringConstraints

from architect.embedded.platform.auth import Parts
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.key_template import checked
from architect.embedded.platform.keyring import ApiKey
from architect.embedded.platform.keys import new_key
from architect.embedded.platform.server import Server
from architect.redaction import register

router = APIRouter(prefix="/projects/{ref}/api-keys")
#: How many characters of a key stay readable behind the words it begins with.
VISIBLE = 5
Name = Annotated[str, StringConstraints(min_length=4, max_length=64, pattern=r"^[a-z_][a-z0-9_]+$")]
Text = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^\x00]*$")]
#: Claims of the JWT that a secret key is exchanged for.
Template = Annotated[dict[str, Any], AfterValidator(checked)]


class NewKey(BaseModel):
    type: Literal["publishable", "secret"]
    name: Name
    description: Text | None = None
    secret_jwt_template: Template | None = None


class KeyPatch(BaseModel):
    name: Name | None = None
    description: Text | None = None
    secret_jwt_template: Template | None = None


@router.get("")
async def index(server: Parts, ref: str, reveal: bool = False) -> list[dict[str, Any]]:
    return keys(server.environment(ref), reveal=reveal)


@router.post("", status_code=201)
async def create(
    server: Parts,
    ref: str,
    body: NewKey,
    reveal: bool = False,
    expires_at: Annotated[AwareDatetime | None, Header(alias="X-Key-Expires-At")] = None,
) -> dict[str, Any]:
    """A key of its own. The header is ours: to the second, when it ends; hosted ignores it."""
    environment = server.environment(ref)
    template = _template(body.type, body.secret_jwt_template)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise ApiError(400, "X-Key-Expires-At: must be in the future")
    value = new_key(body.type)
    if body.type == "secret":
        register(value, "secret-key")
    values = {
        **body.model_dump(),
        "ref": environment.ref,
        "api_key": value,
        "secret_jwt_template": template and Jsonb(template),
        "expires_at": expires_at,
    }
    return wire(await _saved(server, "api_keys.insert", values), reveal=reveal)


@router.get("/legacy")
async def legacy(server: Parts, ref: str) -> dict[str, bool]:
    return {"enabled": server.environment(ref).keyring.legacy_enabled}


@router.put("/legacy")
async def switch_legacy(server: Parts, ref: str, enabled: bool) -> dict[str, bool]:
    """Both legacy keys are refused while they are off."""
    await server.store.run("api_keys.switch_legacy", ref=server.environment(ref).ref, enabled=enabled)
    await server.environments.load()
    return {"enabled": enabled}


@router.get("/{id}")
async def show(server: Parts, ref: str, id: uuid.UUID, reveal: bool = False) -> dict[str, Any]:
    return wire(_found(server, ref, id), reveal=reveal)


@router.patch("/{id}")
async def update(
    server: Parts, ref: str, id: uuid.UUID, body: KeyPatch, reveal: bool = False
) -> dict[str, Any]:
    key = _found(server, ref, id)
    given = body.model_dump(exclude_unset=True)
    values = {"name": given.get("name") or key.name, "description": given.get("description", key.description)}
    template = _template(key.type, given.get("secret_jwt_template") or dict(key.template) or None)
    values["secret_jwt_template"] = template and Jsonb(template)
    return wire(await _saved(server, "api_keys.update", {**values, "id": id}), reveal=reveal)


@router.delete("/{id}")
async def delete(server: Parts, ref: str, id: uuid.UUID, reveal: bool = False) -> dict[str, Any]:
    """Revoked: the next request with it is refused."""
    key = _found(server, ref, id)
    await server.store.run("api_keys.delete", id=id)
    await server.environments.load()
    await _tell_functions(server, key)
    return wire(key, reveal=reveal)


def keys(environment: Environment, *, reveal: bool) -> list[dict[str, Any]]:
    """Every key, legacy ones also while they are off; those that are secret are masked unless ``reveal``."""
    own = environment.keys
    service = own.service_role_key if reveal else _mask(own.service_role_key)
    legacy_keys = [_legacy("anon", own.anon_key), _legacy("service_role", service)]
    return legacy_keys + [wire(key, reveal=reveal) for key in environment.keyring.opaque]


def wire(key: ApiKey, *, reveal: bool) -> dict[str, Any]:
    """The hosted API's object of a key; ``expires_at`` is ours, and only where there is one."""
    answer: dict[str, Any] = {
        "id": key.id,
        "name": key.name,
        "type": key.type,
        "api_key": key.api_key if reveal or key.type == "publishable" else _mask(key.api_key),
        "prefix": _prefix(key.api_key),
        "description": key.description,
        "secret_jwt_template": {**key.template, "role": key.role} if key.type == "secret" else None,
        "inserted_at": _time(key.inserted_at),
        "updated_at": _time(key.updated_at),
    }
    return {**answer, "expires_at": _time(key.expires_at)} if key.expires_at else answer


async def _saved(server: Server, query: str, values: dict[str, Any]) -> ApiKey:
    try:
        row = await server.store.one(query, **values)
    except psycopg.errors.UniqueViolation:
        raise ApiError(400, f"An API key named {values['name']} already exists") from None
    if row is None:
        raise not_found("API key")
    key = ApiKey.of(row)
    await server.environments.load()
    await _tell_functions(server, key)
    return key


async def _tell_functions(server: Server, key: ApiKey) -> None:
    # They find these keys in their environment, which only a new process reads.
    if key.lasting(key.role):
        await server.functions.stop(key.ref)


def _found(server: Server, ref: str, key_id: uuid.UUID) -> ApiKey:
    key = server.environment(ref).keyring.by_id(str(key_id))
    if key is None:
        raise not_found("API key")
    return key


def _template(kind: str, template: dict[str, Any] | None) -> dict[str, Any] | None:
    if kind == "publishable" and template is not None:
        raise ApiError(400, "secret_jwt_template: only for keys of type secret")
    return {"role": "service_role"} if kind == "secret" and template is None else template


def _legacy(name: str, key: str) -> dict[str, Any]:
    description = f"Legacy {name} API key"
    return {"name": name, "api_key": key, "type": "legacy", "id": name, "description": description}


def _mask(key: str) -> str:
    return _prefix(key) + "·" * 16


def _prefix(key: str) -> str:
    # The body may hold underscores of its own.
    words = key.index("_", len("sb_")) + 1 if key.startswith("sb_") else 10
    return key[: words + VISIBLE]


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
