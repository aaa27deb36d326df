"""The Management API itself, only for what the MCP server has no tool for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from architect import redaction
from architect.errors import ProvisionError
from architect.provision.platform import Platform

TIMEOUT_S = 60.0
#: A GET is tried this often when the platform is busy or broken.
TRIES = 4
#: Waits between tries when the platform names none; a longer ``Retry-After`` than the cap is an error.
BACKOFF_S = (0.2, 0.8, 2.0)
LONGEST_WAIT_S = 30.0
_BUSY = frozenset({429, 500, 502, 503, 504})
_HINTS = {
    401: "Check the access token of the platform.",
    402: "The organization's plan does not allow this.",
    403: "The access token lacks this permission.",
    429: "The platform limits the rate of calls; try again later.",
}


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The keys of one environment. Only ``publishable`` may go to a browser."""

    publishable: str
    secret: str = field(repr=False)
    #: A JWT with the role service_role where the platform has one: all that a function's JWT gate takes.
    service_jwt: str | None = field(default=None, repr=False)

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

    async def api_keys(self, ref: str) -> ApiKeys:
        """Publishable and secret key; legacy anon and service_role keys where there are no newer ones."""
        rows = await self._get(f"/projects/{ref}/api-keys", params={"reveal": "true"})
        keys: dict[str, str] = {}
        for row in rows:
            kind, value = str(row.get("type") or ""), str(row.get("api_key") or "")
            # The legacy keys are told apart by their names.
            name = kind if kind in ("publishable", "secret") else str(row.get("name"))
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
        return ApiKeys(publishable, secret, keys.get("service_role"))

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
        for attempt in range(TRIES):
            try:
                response = await self._client.get(path, params=params)
            except httpx.TransportError as error:
                if attempt == TRIES - 1:
                    raise self._unreachable(error) from error
                await asyncio.sleep(BACKOFF_S[attempt])
                continue
            if response.is_success:
                return _json(response)
            if missing and response.status_code == 404:
                return None
            wait = wait_before_retry(response, attempt)
            if wait is None:
                raise _refused(response)
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _delete(self, path: str) -> bool:
        try:
            response = await self._client.delete(path)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.status_code == 404:
            return False
        if not response.is_success:
            raise _refused(response)
        return True

    def _unreachable(self, error: httpx.TransportError) -> ProvisionError:
        return ProvisionError(
            f"The Management API at {self.platform.api_url} does not answer: {error or type(error).__name__}",
            hint="Is the platform running? See `architect status`.",
            status=None,
        )


def wait_before_retry(response: httpx.Response, attempt: int) -> float | None:
    """Seconds until the next try; ``None`` when another would be no use, or patience has run out."""
    if response.status_code not in _BUSY or attempt == TRIES - 1:
        return None
    named = response.headers.get("retry-after", "")
    if not named.isdigit():
        return BACKOFF_S[attempt]
    return float(named) if float(named) <= LONGEST_WAIT_S else None


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise ProvisionError(
            "The Management API's answer is not JSON", status=response.status_code, path=response.url.path
        ) from error


def _refused(response: httpx.Response) -> ProvisionError:
    try:
        said = str(response.json()["message"])
    except (json.JSONDecodeError, KeyError, TypeError):
        said = response.reason_phrase or "no message"
    return ProvisionError(
        f"The Management API answered {response.status_code}: {said}",
        hint=_HINTS.get(response.status_code),
        status=response.status_code,
        path=response.url.path,
    )
