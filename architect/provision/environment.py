"""Environments: a branch or a project of the platform, found by its name or made, and taken down again."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from architect.errors import NotReady, ProvisionError, ToolCallFailed
from architect.provision import cost
from architect.provision.cost import DEFAULT_LIMITS, Limits, Told
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform

Mode = Literal["branch", "project"]
DEADLINE_S = 300.0
#: Pauses between looks at a status: short at first, because the embedded platform is done at once.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
DEFAULT_REGION = "us-east-1"

_BRANCH_DONE = frozenset({"MIGRATIONS_PASSED", "FUNCTIONS_DEPLOYED"})
_BRANCH_FAILED = frozenset({"MIGRATIONS_FAILED", "FUNCTIONS_FAILED"})
_PROJECT_DONE = frozenset({"ACTIVE_HEALTHY"})
_PROJECT_FAILED = frozenset({"INIT_FAILED", "RESTORE_FAILED", "PAUSE_FAILED", "REMOVED", "GOING_DOWN"})
_FAILED_HINT = {
    "MIGRATIONS_FAILED": "The base project's migrations do not replay. Compare its ledger with its schema.",
    "FUNCTIONS_FAILED": "A function of the base project does not deploy on the branch.",
}


class Environment(BaseModel):
    """A provisioned branch or project. Holds no secret: :meth:`to_json` may be stored and shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode
    name: str
    ref: str
    #: Of a branch; ``None`` for a project.
    branch_id: str | None = None
    parent_ref: str | None = None
    organization_id: str
    url: str
    rest_url: str
    functions_url: str
    publishable_key: str
    status: str
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def name_for(session_id: str, generation: int = 1) -> str:
    """The name under which a session's environment is found again: one for each session and generation."""
    return f"build-{session_id}-{generation}"


async def provision(
    mcp: McpServer,
    management: ManagementClient,
    platform: Platform,
    *,
    mode: Mode,
    name: str,
    deadline_s: float = DEADLINE_S,
    limits: Limits = DEFAULT_LIMITS,
    told: Told | None = None,
) -> Environment:
    """The environment called ``name``: found if it is there, else made, and up when this returns.

    Safe to repeat at any point: what an earlier call made and did not live to report is found by its name.

    ``told`` hears of the price before anything is made.

    Raises
    ------
    CostRefused
        It costs more than ``limits`` allow.
    ToolCallFailed
        The platform refused.
    ProvisionError
        The platform reports that the environment failed; ``details['status']`` is its word.
    NotReady
        It did not come up within ``deadline_s``.
    """
    if await find(mcp, platform, mode=mode, name=name) is None:
        await _create(mcp, platform, mode=mode, name=name, limits=limits, told=told)
    made = await _wait(mcp, management, platform, mode=mode, name=name, deadline_s=deadline_s)
    ref = str(made["project_ref"] if mode == "branch" else made.get("ref") or made["id"])
    url = platform.environment_url(ref)
    return Environment(
        mode=mode,
        name=name,
        ref=ref,
        branch_id=str(made["id"]) if mode == "branch" else None,
        parent_ref=platform.project_ref if mode == "branch" else None,
        organization_id=platform.organization_id,
        url=url,
        rest_url=f"{url}/rest/v1",
        functions_url=f"{url}/functions/v1",
        publishable_key=await _publishable_key(mcp, ref),
        status=str(made["status"]),
        created_at=made["created_at"],
    )


async def find(mcp: McpServer, platform: Platform, *, mode: Mode, name: str) -> dict[str, Any] | None:
    """The platform's own record of the environment called ``name``, or ``None``.

    Raises :class:`ProvisionError` when two bear that name: taking either could be taking the wrong one.
    """
    if mode == "branch":
        answer = await mcp.call("list_branches", {"project_id": platform.project_ref})
        found = [b for b in answer["branches"] if b["name"] == name and not b["is_default"]]
    else:
        answer = await mcp.call("list_projects", {})
        ours = ("organization_id", "organization_slug")
        found = [
            p
            for p in answer["projects"]
            if p["name"] == name
            and p["status"] != "REMOVED"
            and platform.organization_id in [p.get(key) for key in ours]
        ]
    if len(found) > 1:
        raise ProvisionError(
            f"There are {len(found)} environments called {name}", hint="Delete those that are not wanted."
        )
    return dict(found[0]) if found else None


async def teardown(mcp: McpServer, management: ManagementClient, environment: Environment) -> bool:
    """Delete the environment; ``False`` when it was already gone.

    Raises :class:`ProvisionError` rather than delete the project that branches are made from.
    """
    platform = management.platform
    if environment.ref == platform.project_ref:
        raise ProvisionError("The base project is never deleted", ref=environment.ref)
    if environment.mode == "project":
        return await management.delete_project(environment.ref)
    answer = await mcp.call("list_branches", {"project_id": environment.parent_ref or platform.project_ref})
    if not any(b["id"] == environment.branch_id and not b["is_default"] for b in answer["branches"]):
        return False
    await mcp.call("delete_branch", {"branch_id": environment.branch_id})
    return True


async def _create(
    mcp: McpServer, platform: Platform, *, mode: Mode, name: str, limits: Limits, told: Told | None
) -> None:
    confirmation = await cost.agree(mcp, platform, mode, limits, told)
    if mode == "branch":
        tool, arguments = "create_branch", {"project_id": platform.project_ref}
    else:
        region = await _region(mcp, platform)
        tool, arguments = "create_project", {"organization_id": platform.organization_id, "region": region}
    try:
        await mcp.call(tool, {**arguments, "name": name, "confirm_cost_id": confirmation})
    except ToolCallFailed:
        # An error may come after the deed: a 500 or a lost answer does not mean that nothing was made.
        if await find(mcp, platform, mode=mode, name=name) is None:
            raise


async def _region(mcp: McpServer, platform: Platform) -> str:
    """A new project goes where the base project is."""
    answer = await mcp.call("list_projects", {})
    for project in answer["projects"]:
        if platform.project_ref in (project.get("ref"), project["id"]):
            return str(project["region"])
    return DEFAULT_REGION


async def _wait(
    mcp: McpServer,
    management: ManagementClient,
    platform: Platform,
    *,
    mode: Mode,
    name: str,
    deadline_s: float,
) -> dict[str, Any]:
    done, failed = (_BRANCH_DONE, _BRANCH_FAILED) if mode == "branch" else (_PROJECT_DONE, _PROJECT_FAILED)
    deadline = time.monotonic() + deadline_s
    pause, status = FIRST_PAUSE_S, "absent"
    while True:
        made = await find(mcp, platform, mode=mode, name=name)
        if made is not None:
            status = str(made["status"])
            if status in failed:
                raise ProvisionError(
                    f"The {mode} {name} failed: {status}", hint=_FAILED_HINT.get(status), status=status
                )
            if status in done:
                status = "ACTIVE_HEALTHY"
                if mode == "branch":
                    # The branch's steps are done; its machine may still be coming up.
                    status = str((await management.branch(str(made["project_ref"])))["status"])
                if status == "ACTIVE_HEALTHY":
                    return made
        if time.monotonic() + pause > deadline:
            raise NotReady(
                f"The {mode} {name} is not up after {deadline_s:g} s: {status}",
                hint="Look at it in the platform's dashboard, then run the build again: it resumes here.",
                status=status,
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, LONGEST_PAUSE_S)


async def _publishable_key(mcp: McpServer, ref: str, *, tries: int = 5) -> str:
    """The publishable key; a legacy anon key where there is no other. New projects get theirs a bit later."""
    pause = FIRST_PAUSE_S
    for attempt in range(tries):
        if attempt:
            await asyncio.sleep(pause)
            pause *= 3
        try:
            answer = await mcp.call("get_publishable_keys", {"project_id": ref})
        except ToolCallFailed:
            # The tool refuses while there is no key at all.
            if attempt == tries - 1:
                raise
            continue
        usable = [key for key in answer["keys"] if not key.get("disabled")]
        usable.sort(key=lambda key: key.get("type") != "publishable")
        if usable:
            return str(usable[0]["api_key"])
    raise NotReady(f"{ref} has no publishable key", hint="Enable one in the project's API settings.")
