"""The Management API itself, only for what the MCP server has no tool for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from architect import redaction
from architect.errors import ProvisionError
from architect.provision import patience
from architect.provision.platform import Platform

TIMEOUT_S = 60.0
_HINTS = {
    401: patience.DENIED_HINT,
    402: "The organization's plan does not allow this.",
    403: "The access token lacks this permission.",
    429: patience.BUSY_HINT,
}


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The keys of one environment. Only ``publishable`` may go to a browser."""

    publishable: str
    secret: str = field(repr=False)
    #: A JWT with the role service_role where the platform has one: all that a function's JWT gate takes.
    service_jwt: str | None = field(default=None, repr=False)
    #: The same for the role anon: it opens that gate, and nothing else.
    anon_jwt: str | None = None

    @property
    def service_headers(self) -> dict[str, str]:
        """Headers that act as service_role, also before a gate that wants a JWT."""
        return {"apikey": self.secret, "authorization": f"Bearer {self.service_jwt or self.secret}"}


class ManagementClient:
    """An async context manager. Its methods raise :class:`ProvisionError`, with ``status`` in the details."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._client = httpx.AsyncClient(
            base_url=f"{platform.api_url}/v1",
            headers={"authorization": f"Bearer {platform.access_token.get_secret_value()}"},
            timeout=TIMEOUT_S,
            trust_env=not platform.is_local,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def branch(self, ref: str) -> dict[str, Any]:
        """State of a branch. The database's credentials that come with it are dropped here."""
        found = await self._get(f"/branches/{ref}")
        for name in ("db_pass", "jwt_secret"):
            redaction.register(found.pop(name, None), name.replace("_", "-"))
        return dict(found)

    async def project(self, ref: str) -> dict[str, Any] | None:
        """State of a project; ``None`` when there is none, as for the ref of a branch."""
        found = await self._get(f"/projects/{ref}", missing=True)
        return None if found is None else dict(found)

    async def health(self, ref: str, *services: str) -> dict[str, str]:
        """Service -> status; ``ACTIVE_HEALTHY`` is good. Services: db, rest, auth, storage, realtime."""
        rows = await self._get(f"/projects/{ref}/health", params={"services": services})
        return {str(row["name"]): str(row["status"]) for row in rows}

    async def ailing(self, ref: str, *services: str) -> dict[str, str]:
        """Service -> what is wrong with it, for those of ``services`` that are not healthy."""
        rows = await self._get(f"/projects/{ref}/health", params={"services": services})
        found = {str(row["name"]): row for row in rows}
        return {
            name: str(found[name].get("error") or found[name]["status"]) if name in found else "not reported"
            for name in services
            if name not in found or found[name]["status"] != "ACTIVE_HEALTHY"
        }

    async def branches(self, ref: str) -> list[dict[str, Any]]:
        """The branches of a project; none where branching was never switched on."""
        response = await self._send("GET", f"/projects/{ref}/branches")
        return [] if response.status_code == 422 else list(_json(response))

    async def projects(self) -> list[dict[str, Any]]:
        """Every project that the token may see."""
        return list(await self._get("/projects"))

    async def api_keys(self, ref: str) -> ApiKeys:
        """Publishable and secret key; legacy anon and service_role keys where there are no newer ones."""
        rows = await self._get(f"/projects/{ref}/api-keys", params={"reveal": "true"})
        keys: dict[str, str] = {}
        for row in rows:
            kind, value = str(row.get("type") or ""), str(row.get("api_key") or "")
            # The legacy keys are told apart by their names.
            name = kind if kind in ("publishable", "secret") else str(row.get("name"))
            role = (row.get("secret_jwt_template") or {}).get("role", "service_role")
            if name == "secret" and role != "service_role":
                continue  # handed out to somebody, and no use here
            if name in ("secret", "service_role"):
                redaction.register(value, f"{name.replace('_', '-')}-key")
            if value:
                keys.setdefault(name, value)
        publishable = keys.get("publishable") or keys.get("anon")
        secret = keys.get("secret") or keys.get("service_role")
        if not publishable or not secret:
            raise ProvisionError(
                f"{ref} has no API keys to use", hint="Create a publishable and a secret key.", status=200
            )
        return ApiKeys(publishable, secret, keys.get("service_role"), keys.get("anon"))

    async def create_api_key(
        self,
        ref: str,
        *,
        kind: Literal["publishable", "secret"],
        name: str,
        description: str,
        template: dict[str, Any] | None = None,
        expires_at: datetime | None = None,
    ) -> dict[str, Any]:
        """A new key, with ``id`` and ``api_key``; a secret one acts with the claims of ``template``."""
        body = {"type": kind, "name": name, "description": description}
        # Hosted has no expiry and ignores the header; there upkeep removes the key when it is due.
        headers = {"x-key-expires-at": expires_at.isoformat()} if expires_at else {}
        path = f"/projects/{ref}/api-keys"
        sent = {**body, **({"secret_jwt_template": template} if template else {})}
        try:
            response = await self._client.post(path, params={"reveal": "true"}, json=sent, headers=headers)
        except httpx.TransportError as error:
            raise self._unreachable(error, f"POST {path}") from error
        return dict(_json(response))

    async def described_api_keys(self, ref: str) -> dict[str, str]:
        """Id -> description of an environment's opaque keys; none when the environment is gone."""
        rows = await self._get(f"/projects/{ref}/api-keys", missing=True)
        opaque = (row for row in rows or [] if row.get("type") in ("publishable", "secret"))
        return {str(row["id"]): str(row.get("description") or "") for row in opaque}

    async def delete_api_key(self, ref: str, key_id: str) -> bool:
        """Revoke a key; ``False`` when it, or its environment, was not there."""
        return await self._delete(f"/projects/{ref}/api-keys/{key_id}")

    async def auth_config(self, ref: str) -> dict[str, Any]:
        """Settings of an environment's Auth service, secrets among them."""
        return dict(await self._get(f"/projects/{ref}/config/auth"))

    async def rest_config(self, ref: str) -> dict[str, Any]:
        """Settings of an environment's REST service."""
        found = dict(await self._get(f"/projects/{ref}/postgrest"))
        redaction.register(found.pop("jwt_secret", None), "jwt-secret")
        return found

    async def set_secret(self, ref: str, name: str, value: str) -> None:
        """Give the environment's functions a variable; one of that name is replaced."""
        redaction.register(value, "function-secret")
        sent = [{"name": name, "value": value}]
        _json(await self._send("POST", f"/projects/{ref}/secrets", json=sent))

    async def delete_secret(self, ref: str, name: str) -> None:
        """Take a variable from the environment's functions; one that is not there is fine."""
        _json(await self._send("DELETE", f"/projects/{ref}/secrets", json=[name]))

    async def delete_function(self, ref: str, slug: str) -> bool:
        """Remove an edge function; ``False`` when it was not there."""
        return await self._delete(f"/projects/{ref}/functions/{slug}")

    async def delete_branch(self, id_or_ref: str) -> bool:
        """Remove a branch; ``False`` when it was not there."""
        return await self._delete(f"/branches/{id_or_ref}")

    async def delete_project(self, ref: str) -> bool:
        """Remove a project; ``False`` when it was not there."""
        return await self._delete(f"/projects/{ref}")

    async def _get(self, path: str, *, params: Any = None, missing: bool = False) -> Any:
        response = await self._send("GET", path, params=params)
        if missing and response.status_code == 404:
            return None
        return _json(response)

    async def _delete(self, path: str) -> bool:
        response = await self._send("DELETE", path)
        if response.status_code == 404:
            return False
        _json(response)
        return True

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """What may be sent twice, sent until there is an answer worth reading or patience has run out."""
        for attempt in range(patience.TRIES):
            try:
                response = await self._client.request(method, path, **request)
            except httpx.TransportError as error:
                if attempt == patience.TRIES - 1:
                    raise self._unreachable(error, f"{method} {path}") from error
                await asyncio.sleep(patience.BACKOFF_S[attempt])
                continue
            wait = patience.before_asking_again(response, attempt)
            if wait is None and response.is_success and not _readable(response):
                wait = None if attempt == patience.TRIES - 1 else patience.BACKOFF_S[attempt]
            if wait is None:
                return response
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _unreachable(self, error: httpx.TransportError, call: str) -> ProvisionError:
        return ProvisionError(
            f"{call}: the Management API at {self.platform.api_url} does not answer: "
            f"{error or type(error).__name__}",
            hint="Is the platform running? See `architect status`.",
            status=None,
        )


def _readable(response: httpx.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return not response.content
    return True


def _json(response: httpx.Response) -> Any:
    """The answer; ``None`` where there is none. Raises :class:`ProvisionError`."""
    if not response.is_success:
        raise _refused(response)
    try:
        return response.json() if response.content else None
    except ValueError as error:
        raise ProvisionError(
            f"{_call(response)}: the Management API's answer is not JSON",
            hint=patience.BROKEN_HINT,
            status=response.status_code,
            path=response.url.path,
        ) from error


def _refused(response: httpx.Response) -> ProvisionError:
    try:
        said = str(response.json()["message"])
    except (json.JSONDecodeError, KeyError, TypeError):
        said = response.reason_phrase or "no message"
    return ProvisionError(
        f"{_call(response)}: the Management API answered {response.status_code}: {said}",
        hint=_HINTS.get(response.status_code, patience.BROKEN_HINT),
        status=response.status_code,
        path=response.url.path,
    )


def _call(response: httpx.Response) -> str:
    return f"{response.request.method} {response.url.path.removeprefix('/v1')}"
