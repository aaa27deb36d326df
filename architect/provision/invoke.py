"""Calling what an environment serves over HTTP, and telling an answer of its own from one of the gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from architect.errors import NotReady
from architect.provision.environment import Environment
from architect.provision.management import ApiKeys
from architect.redaction import redact_text

REQUEST_TIMEOUT_S = 20.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0
#: So much of an answer is quoted in errors.
QUOTED = 300


@dataclass(frozen=True, slots=True)
class Expectation:
    """What to send to a function, and with which statuses it shows that it works."""

    body: dict[str, Any]
    statuses: frozenset[int]


#: By source. A gate asked for a fingerprint that no catalog has says 409: it has read the catalog.
EXPECTED: dict[str, Expectation] = {
    "drift_check": Expectation({}, frozenset({200})),
    "spec_gate": Expectation({"expected_fingerprint": "0" * 64}, frozenset({200, 409})),
}
ANY_SUCCESS = Expectation({}, frozenset(range(200, 300)))


def http(environment: Environment) -> httpx.AsyncClient:
    """A client for the environment's URL, with its publishable key and no other credential."""
    local = urlsplit(environment.url).hostname in ("127.0.0.1", "localhost", "::1")
    return httpx.AsyncClient(
        headers={"apikey": environment.publishable_key}, timeout=REQUEST_TIMEOUT_S, trust_env=not local
    )


async def function(
    client: httpx.AsyncClient, environment: Environment, slug: str, keys: ApiKeys, source: str | None = None
) -> str | None:
    """Invoke ``slug`` as the service; ``None`` when it worked, else its answer."""
    expected = EXPECTED.get(source or slug, ANY_SUCCESS)
    response = await client.post(
        f"{environment.functions_url}/{slug}",
        json=expected.body,
        headers=keys.service_headers,
    )
    return None if response.status_code in expected.statuses else quoted(response)


def quoted(response: httpx.Response) -> str:
    """Status and beginning of an answer, redacted, for an error."""
    return redact_text(f"{response.status_code} {response.text[:QUOTED]}".strip())


async def insist(proof: str, attempt: Callable[[], Awaitable[str | None]], deadline_s: float) -> float:
    """Repeat ``attempt`` until it returns ``None``; returns the ms the successful one took.

    Raises :class:`NotReady` naming ``proof`` and the last answer.
    """
    deadline = time.monotonic() + deadline_s
    pause, answer = FIRST_PAUSE_S, "none"
    while True:
        started = time.perf_counter()
        try:
            complaint = await attempt()
        except httpx.TransportError as error:
            complaint = f"{type(error).__name__}: {error}"
        if complaint is None:
            return round((time.perf_counter() - started) * 1000, 1)
        answer = complaint
        if time.monotonic() + pause > deadline:
            raise NotReady(
                f"{proof} did not succeed within {deadline_s:g} s: {answer}", proof=proof, answer=answer
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.7, LONGEST_PAUSE_S)
