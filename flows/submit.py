"""Start a build from the Prefect UI: pick an example or name a spec file on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from prefect import flow
from pydantic import BaseModel, Field

from architect.api.runs import open_runs
from architect.errors import InputError
from architect.sessions import BuildOptions, ControlPlane
from architect.spec.text import read_spec
from blocks.resolve import connections
from flows.build import build

EXAMPLES = Path(__file__).parents[1] / "examples"


class BuildRequest(BaseModel):
    """What an operator fills in. The text itself stays out of Prefect: it is read from the file."""

    example: Literal["marketplace", "saas", "clinic"] | None = Field(
        default="marketplace", description="One of the specs that come with Vibe Architect"
    )
    spec_file: str | None = Field(
        default=None, description="Path of a spec on the server, in place of an example"
    )
    template: Literal["marketplace", "saas", "blank"] = "marketplace"
    enable_analytics: bool = True
    environment_mode: Literal["branch", "project"] = "branch"
    enable_drift_sentinel: bool = Field(default=True, description="Watch the environment for drift")
    drift_every_minutes: int = Field(default=5, ge=5, le=1440, description="How often to look at it")
    require_approval: bool = Field(
        default=False, description="Wait for somebody to agree to the plan before anything is built"
    )

    def path(self) -> Path:
        """The file to read. Raises :class:`InputError` when none is named."""
        if self.spec_file:
            return Path(self.spec_file)
        if self.example:
            return EXAMPLES / f"{self.example}.md"
        raise InputError("Neither an example nor a spec file is named", hint="Choose an example.")


@flow(name="submit", persist_result=False)
async def submit(request: BuildRequest) -> dict[str, Any]:
    """Create a session for the request and build it."""
    text = read_spec(request.path())
    options = BuildOptions(
        enable_analytics=request.enable_analytics,
        environment_mode=request.environment_mode,
        enable_drift_sentinel=request.enable_drift_sentinel,
        drift_every_minutes=request.drift_every_minutes,
        require_approval=request.require_approval,
    )
    target = await connections()
    async with ControlPlane.open(target.database_url) as cp:
        session = await cp.create_session(spec_text=text, template=request.template, options=options)
    if request.require_approval:
        # A run below another one cannot be suspended.
        async with open_runs(target.prefect_api_url) as runs:
            await runs.start(session.id, session.attempt + 1)
    else:
        await build(str(session.id))
    return {"session_id": str(session.id)}
