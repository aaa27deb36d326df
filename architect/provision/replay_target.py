"""Where a session is replayed: a branch made for it and removed again, or one that the operator names."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from architect.errors import InputError, NotFound
from architect.provision import environment as environments
from architect.provision import fingerprints
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.sessions import ControlPlane


@dataclass(frozen=True, slots=True)
class Target:
    """A branch that is as the base project is, ready to be written to."""

    ref: str
    branch_id: str
    name: str
    #: Whether it was made for this replay.
    made: bool
    #: Fingerprint of the base project, and of the branch before the first call.
    base: dict[str, Any]
    before: dict[str, Any]


@asynccontextmanager
async def fresh(
    mcp: McpServer,
    management: ManagementClient,
    platform: Platform,
    cp: ControlPlane,
    session_id: str,
    *,
    keep: bool = False,
) -> AsyncIterator[Target]:
    """A new branch of the base project, removed in the end unless ``keep``.

    It is noted among the session's resources, so that what a killed replay leaves goes with the session.
    """
    name = f"replay-{session_id}-{secrets.token_hex(3)}"

    async def remove() -> None:
        # By its name: the answer that told its ref may never have come.
        left = await environments.find(mcp, platform, mode="branch", name=name)
        if left is not None:
            await mcp.call("delete_branch", {"branch_id": left["id"]})
            await cp.resource_removed(session_id, "branch", str(left["project_ref"]))

    done = False
    try:
        made = await environments.provision(mcp, management, platform, mode="branch", name=name)
        await cp.resource_created(session_id, "branch", made.ref, {"name": name, "replay": True})
        base, before = await _both(mcp, platform, made.ref)
        yield Target(made.ref, str(made.branch_id), name, True, base, before)
        done = True
    finally:
        if not (keep and done):
            await asyncio.shield(remove())


async def existing(
    mcp: McpServer, platform: Platform, cp: ControlPlane, wanted: str, *, force: bool = False
) -> Target:
    """The branch called ``wanted``, by name, ref or id.

    Raises
    ------
    NotFound
        There is none.
    InputError
        It is the base project, somebody's environment, or (without ``force``) not as the base project is.
    """
    answer = await mcp.call("list_branches", {"project_id": platform.project_ref})
    found = [b for b in answer["branches"] if wanted in (b["name"], b["project_ref"], b["id"])]
    if not found and wanted != platform.project_ref:
        raise NotFound(
            f"The base project has no branch {wanted!r}.", hint="Without --onto a branch is made and removed."
        )
    branch = found[0] if found else {"is_default": True}
    if branch["is_default"] or branch["project_ref"] == platform.project_ref:
        raise InputError(
            "A session is never replayed onto the base project.",
            hint="Name a branch that may be written to, or leave --onto out.",
        )
    ref = str(branch["project_ref"])
    owner = await cp.row("replay", "session_of", {"ref": ref})
    if owner is not None:
        raise InputError(
            f"The branch {branch['name']} is the live environment of session {owner['id']}.",
            hint="Replay onto another branch, or leave --onto out.",
        )
    base, before = await _both(mcp, platform, ref)
    if base["fingerprint"] != before["fingerprint"] and not force:
        raise InputError(
            f"The branch {branch['name']} is not as the base project is: it differs in "
            f"{', '.join(kinds(base, before))}.",
            hint="A replay onto it would not tell much. Reset it first, or use --force.",
        )
    return Target(ref, str(branch["id"]), str(branch["name"]), False, base, before)


def kinds(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The kinds of facts in which two fingerprints differ."""
    mine, theirs = one["kinds"], other["kinds"]
    return sorted(kind for kind in mine.keys() | theirs.keys() if mine.get(kind) != theirs.get(kind))


async def _both(mcp: McpServer, platform: Platform, ref: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return await fingerprints.read(mcp, platform.project_ref), await fingerprints.read(mcp, ref)
