"""Finds the control plane's own project, which may come up after the API does."""

from __future__ import annotations

import asyncio
import contextlib

from architect.api.tokens import TokenVerifier
from architect.control_project import ControlProject, control_project
from architect.errors import ArchitectError, InputError, Unavailable
from architect.settings import Connections

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0


class ControlFinder:
    """Looks for the project in the background until it is found."""

    def __init__(self, connections: Connections, project: ControlProject | None = None) -> None:
        self._connections = connections
        self._project = project
        self._verifier = TokenVerifier(project) if project else None
        self._problem: ArchitectError | None = None
        self._search: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._project is None:
            self._search = asyncio.create_task(self._look(), name="control project")

    async def close(self) -> None:
        if self._search is not None:
            self._search.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._search

    @property
    def project(self) -> ControlProject:
        """Its URL and keys. Raises :class:`Unavailable` while it is not found."""
        if self._project is None:
            raise self._missing()
        return self._project

    @property
    def verifier(self) -> TokenVerifier:
        """Checks the tokens of its users. Raises :class:`Unavailable` while it is not found."""
        if self._verifier is None:
            raise self._missing()
        return self._verifier

    def require(self) -> None:
        """Raises :class:`Unavailable` while it is not found."""
        if self._project is None:
            raise self._missing()

    def _missing(self) -> Unavailable:
        if self._problem is None:
            return Unavailable("Sign-in is not up yet")
        return Unavailable(f"Sign-in is not up: {self._problem.message}", hint=self._problem.hint)

    async def _look(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                project = await control_project(self._connections)
            except ArchitectError as error:
                self._problem = error
                if isinstance(error, InputError):
                    return  # settings do not change while we run
            else:
                self._verifier, self._project = TokenVerifier(project), project
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
