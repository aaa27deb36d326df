"""Taking down what a session made: found by its ledger and by name, removed with patience, noted as gone."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from architect.errors import Conflict, ProvisionError
from architect.provision import environment as environments
from architect.provision.environment import Mode
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.sessions import ControlPlane, Session
from architect.settings import Connections

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """An environment of the session on the platform."""

    mode: Mode
    ref: str
    name: str
    branch_id: str | None = None


async def remove(
    cp: ControlPlane, session: Session, mcp: McpServer | None, management: ManagementClient
) -> list[str]:
    """Remove every environment of ``session``; returns their refs, none when there was nothing.

    The session forgets its environment, and an event tells what went. A branch whose creation was never
    answered is in no ledger: its name gives it away. Without the tool server the API alone has to do. Safe to
    repeat.

    Raises :class:`ProvisionError` when something could not be removed; what could be, is.
    """
    session = await cp.session(session.id)
    removed, left = [], []
    for found in await find(cp, session, management):
        try:
            await _take_down(found, mcp, management)
        except ProvisionError as error:
            log.warning("%s %s is left behind: %s", found.mode, found.ref, error.message)
            left.append((found, error))
            continue
        removed.append(found.ref)
    await _note(cp, session, removed, left={found.ref for found, _ in left})
    if left:
        found, cause = left[0]
        raise ProvisionError(
            f"The {found.mode} {found.name} ({found.ref}) could not be removed: {cause.message}",
            hint=f"Upkeep tries again; or delete it now: architect delete {session.id}",
            left=[{"mode": f.mode, "ref": f.ref, "name": f.name} for f, _ in left],
        ) from cause
    return removed


async def clean_up(session_id: str, connections: Connections) -> bool:
    """Remove what a failed build left behind; False when that is done, or a run holds the session.

    Raises :class:`ProvisionError` when it still cannot be removed.
    """
    async with ControlPlane.open(connections.database_url) as cp:
        try:
            async with cp.claim(session_id):
                session = await cp.session(session_id)
                # Somebody may have taken the session up again in the meantime.
                if not session.clean_up_due or session.status not in ("failed", "canceled"):
                    return False
                async with ManagementClient(Platform.from_connections(connections)) as management:
                    await remove(cp, session, None, management)
        except Conflict:
            return False
    return True


async def _note(cp: ControlPlane, session: Session, removed: list[str], left: set[str]) -> None:
    for resource in await cp.resources(session.id):
        # Also what was gone before, by somebody else's hand.
        if resource.kind in ("branch", "project") and resource.ref not in left:
            await cp.resource_removed(session.id, resource.kind, resource.ref)
    if removed:
        await cp.append_event(
            session.id,
            "environment_removed",
            f"Removed {', '.join(removed)} with its functions and keys",
            {"refs": removed},
            dedupe_key=f"environment_removed:{session.generation}",
            with_tool_calls=True,
        )
    if not left:
        if session.environment or removed:
            await cp.drop_environment(session.id)
        await cp.set_clean_up_due(session.id, False)


async def find(cp: ControlPlane, session: Session, management: ManagementClient) -> list[Found]:
    """What the platform still has of this session, in any of its generations."""
    noted = {r.ref for r in await cp.resources(session.id) if r.kind in ("branch", "project")}
    if session.environment:
        noted.add(str(session.environment["ref"]))
    names = {environments.name_for(session.id, g) for g in range(1, session.generation + 1)}
    platform = management.platform
    found = [
        Found("branch", str(b["project_ref"]), str(b["name"]), str(b["id"]))
        for b in await management.branches(platform.project_ref)
        if not b["is_default"] and (b["name"] in names or b["project_ref"] in noted)
    ]
    for project in await management.projects():
        ref, name = str(project.get("ref") or project["id"]), str(project["name"])
        if ref != platform.project_ref and project["status"] != "REMOVED" and (name in names or ref in noted):
            found.append(Found("project", ref, name))
    return found


async def _take_down(found: Found, mcp: McpServer | None, management: ManagementClient) -> None:
    if found.mode == "project":
        await management.delete_project(found.ref)
        return
    try:
        if mcp is not None:
            await mcp.call("delete_branch", {"branch_id": found.branch_id}, safe=True)
            return
    except ProvisionError as error:
        # It may be gone all the same; and where the tool server is what broke, the API is still there.
        log.info("delete_branch for %s: %s", found.ref, error.message)
    await management.delete_branch(found.ref)
