"""The fault switch of a running platform, as tests arm it, and what is left on the platform afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

#: More often than any patience lasts.
ALWAYS = 100_000


class Faults:
    """Arms faults; knows which were and how often each fired."""

    def __init__(self, client: httpx.Client, base_ref: str) -> None:
        self._client = client
        self._base_ref = base_ref

    def arm(self, method: str, path: str, kind: str, **more: Any) -> None:
        fault = {"method": method, "path": path, "kind": kind, **more}
        answer = self._client.post("/platform/fixtures/faults", json=fault)
        assert answer.status_code == 201, answer.text

    def fired(self) -> dict[str, int]:
        """``{"METHOD path": times}``."""
        return {
            f"{f['method']} {f['path']}": f["fired"]
            for f in self._client.get("/platform/fixtures/faults").json()
        }

    def disarm(self) -> None:
        self._client.delete("/platform/fixtures/faults").raise_for_status()

    def names(self) -> list[str]:
        """Every branch and every project that is there, but for the base project and its default branch."""
        branches = self._client.get(f"/v1/projects/{self._base_ref}/branches")
        listed = branches.json() if branches.is_success else []
        projects = self._client.get("/v1/projects").json()
        return sorted(
            [b["name"] for b in listed if not b["is_default"]]
            + [p["name"] for p in projects if p["ref"] != self._base_ref]
        )


@contextmanager
def switch(api_url: str, token: str, base_ref: str) -> Iterator[Faults]:
    """The switch of the platform at ``api_url``; nothing stays armed."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=api_url, headers=headers, timeout=60, trust_env=False) as client:
        faults = Faults(client, base_ref)
        faults.disarm()
        try:
            yield faults
        finally:
            faults.disarm()
