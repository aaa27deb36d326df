"""The key that opens an environment's ``drift_check`` and nothing else.

Its holder learns the hash of the catalog. It is made of the platform's token, the environment and a number,
so that it is stored nowhere but in the environment itself; another number, or another token, is another key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging

import httpx

from architect import redaction
from architect.errors import ProvisionError
from architect.provision import invoke
from architect.provision.environment import Environment
from architect.provision.management import ManagementClient
from architect.provision.platform import Platform
from architect.sentinel.reading import Eyes
from architect.sentinel.states import Guarded
from architect.sessions import ControlPlane

log = logging.getLogger("architect.sentinel")

#: The variable that the function reads, and the header that it looks in.
SECRET = "DRIFT_CHECK_KEY"  # noqa: S105 - the name of a variable, not a secret
HEADER = "x-drift-check-key"
SLUG = "drift_check"


def derive(platform: Platform, ref: str, version: int) -> str:
    """Key number ``version`` of an environment."""
    token = platform.access_token.get_secret_value().encode()
    made = hmac.digest(token, f"vibe-architect/drift_check/{ref}/{version}".encode(), hashlib.sha256)
    value = "dck_" + base64.urlsafe_b64encode(made).decode().rstrip("=")
    redaction.register(value, "drift-check-key")
    return value


async def issue(cp: ControlPlane, management: ManagementClient, session_id: str, ref: str) -> int:
    """Give the environment a new key; the one before opens nothing any more. Returns its number."""
    state = await cp.guard_state(session_id)
    version = (state.key_version if state else 0) + 1
    await management.set_secret(ref, SECRET, derive(management.platform, ref, version))
    await cp.set_key_version(session_id, version)
    return version


async def offer(cp: ControlPlane, management: ManagementClient, session_id: str, ref: str) -> bool:
    """Issue the first key where the platform lets us; without one only the service key opens the function."""
    try:
        await issue(cp, management, session_id, ref)
    except ProvisionError as error:
        log.warning("%s gets no drift_check key: %s", ref, error.message)
        return False
    return True


async def revoke(cp: ControlPlane, management: ManagementClient, session_id: str, ref: str) -> None:
    """Take the key off the environment: only the service key opens ``drift_check`` from here on."""
    await management.delete_secret(ref, SECRET)
    await cp.set_key_version(session_id, 0)


async def ask(client: httpx.AsyncClient, environment: Environment, jwt: str, key: str) -> httpx.Response:
    """Call ``drift_check`` with the scoped key; ``jwt`` only opens the platform's own gate."""
    headers = {"authorization": f"Bearer {jwt}", HEADER: key}
    return await client.post(f"{environment.functions_url}/{SLUG}", json={}, headers=headers)


async def glance(cp: ControlPlane, eyes: Eyes, one: Guarded) -> str:
    """The environment's catalog fingerprint by its own function, with no more right than to ask for it.

    Raises :class:`ProvisionError` when it does not answer; an environment without a key is given one.
    """
    session = await cp.session(one.id)
    environment = Environment.model_validate(session.environment)
    platform = eyes.management.platform
    if one.key_version == 0:
        await issue(cp, eyes.management, one.id, one.ref)
    state = await cp.guard_state(one.id)
    key = derive(platform, one.ref, state.key_version if state else 1)
    jwt = (await eyes.management.api_keys(one.ref)).anon_jwt
    try:
        async with invoke.http(environment) as client:
            answer = await ask(client, environment, jwt or environment.publishable_key, key)
            body = answer.json()
    except (httpx.TransportError, ValueError) as error:
        raise ProvisionError(f"{SLUG} of {one.ref} does not answer: {type(error).__name__}") from error
    if answer.status_code != 200 or not isinstance(body.get("fingerprint"), str):
        raise ProvisionError(f"{SLUG} of {one.ref} answers {invoke.quoted(answer)}")
    return f"fingerprint {body['fingerprint']}"
