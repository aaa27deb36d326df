"""Which of a session's tool calls made its environment what it is: those run again, the rest is explained."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from architect.errors import NotReplayable
from architect.provision.answers import sqlstate
from architect.provision.comparable import VERSION
from architect.provision.secret_values import SecretRegistry
from architect.sessions.model import Resource, Session, ToolCall

Action = Literal["replay", "represented", "skip"]

#: What finds, makes, prices or removes an environment: the fresh branch's own creation stands for all of it.
OF_THE_ENVIRONMENT = frozenset(
    {"create_branch", "create_project", "delete_branch", "get_cost", "confirm_cost", "list_branches"}
    | {"list_projects", "get_project", "list_organizations", "get_organization"}
    | {"pause_project", "restore_project"}
)
#: How migrations are called that restore what drifted.
RESTORE_PREFIX = "drift_restore_"
SECRET_VARIABLE = "ARCHITECT_SECRET_"  # noqa: S105 - the name of a variable, not a secret


@dataclass(frozen=True, slots=True)
class Original:
    """The environment whose calls are replayed; it may be gone by now."""

    mode: str
    name: str
    ref: str
    branch_id: str | None
    base_ref: str | None

    @classmethod
    def of(cls, session: Session, resources: Iterable[Resource]) -> Original | None:
        """The session's environment, or the last one it had; ``None`` when it never had one."""
        there = session.environment
        if there:
            return cls(
                there["mode"], there["name"], there["ref"], there.get("branch_id"), there.get("parent_ref")
            )
        made = [r for r in resources if r.kind in ("branch", "project") and "replay" not in r.metadata]
        if not made:
            return None
        last = max(made, key=lambda resource: resource.generation)
        return cls(last.kind, str(last.metadata.get("name", "")), last.ref, None, None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands in the original environment today, for calls whose end was not recorded."""

    #: Names in the ledger.
    migrations: frozenset[str]
    #: Slugs.
    functions: frozenset[str]

    def shows(self, call: ToolCall) -> bool | None:
        """Whether the call had its effect; ``None`` when it cannot be seen from here."""
        name = call.arguments.get("name")
        if call.tool == "apply_migration":
            return name in self.migrations
        return name in self.functions if call.tool == "deploy_edge_function" else None


@dataclass(frozen=True, slots=True)
class Step:
    """One logged call and what becomes of it."""

    call: ToolCall
    action: Action
    #: Why it is not replayed, or why it is although its end was not recorded.
    why: str = ""


def steps(
    calls: Sequence[ToolCall], original: Original, *, succeeded: bool, evidence: Evidence | None
) -> list[Step]:
    """Every call in order, with its part in the replay.

    ``evidence`` is ``None`` when the original is gone. Then a call whose end is not known counts when the
    build went on to succeed without repeating it.
    """
    return [
        _step(call, calls[position + 1 :], original, succeeded=succeeded, evidence=evidence)
        for position, call in enumerate(calls)
    ]


def uncertain(calls: Iterable[ToolCall], original: Original) -> bool:
    """Whether the original has to be looked at to tell which calls had their effect."""
    return any(call.ok is not True and _concerns(call, original) for call in calls)


def _step(
    call: ToolCall,
    later: Sequence[ToolCall],
    original: Original,
    *,
    succeeded: bool,
    evidence: Evidence | None,
) -> Step:
    if call.tool in OF_THE_ENVIRONMENT:
        return Step(call, "represented", "the replay's own branch stands for it")
    if call.tool == "merge_branch":
        return Step(call, "skip", "it changes the base project, which a replay never does")
    if not _concerns(call, original):
        return Step(call, "skip", _elsewhere(call, original))
    if str(call.arguments.get("name", "")).startswith(RESTORE_PREFIX):
        return Step(call, "skip", "it put back what had drifted, and a replay never drifts")
    if call.ok:
        return Step(call, "replay")
    if sqlstate(call.error or ""):
        return Step(call, "skip", "Postgres refused it")
    ended = "it failed" if call.ok is False else "it was cut off"
    again = next((c for c in later if c.ok and _same(c, call)), None)
    if again is not None:
        return Step(call, "skip", f"{ended}; call {again.n} did it")
    stood = evidence.shows(call) if evidence else _presumed(call, succeeded)
    if stood:
        return Step(call, "replay", f"{ended}, but its effect stood")
    return Step(
        call, "skip", ended if stood is False or call.ok is False else f"{ended}; its effect is not known"
    )


def _same(one: ToolCall, other: ToolCall) -> bool:
    """Whether the two are the same deed; a function deployed later takes the place of the one before."""
    if one.tool != other.tool:
        return False
    if one.tool == "deploy_edge_function":
        return bool(one.arguments.get("name") == other.arguments.get("name"))
    return one.arguments == other.arguments


def _presumed(call: ToolCall, succeeded: bool) -> bool | None:
    return succeeded if call.tool in ("apply_migration", "deploy_edge_function") else None


def _concerns(call: ToolCall, original: Original) -> bool:
    branch = call.arguments.get("branch_id")
    return call.arguments.get("project_id") == original.ref or (
        branch is not None and branch in (original.branch_id, original.ref)
    )


def _elsewhere(call: ToolCall, original: Original) -> str:
    where = call.arguments.get("project_id") or call.arguments.get("branch_id")
    if where is None:
        return "it is not about the environment"
    if where == original.base_ref:
        return "it is about the base project, which a replay never touches"
    return "it is about another environment than the session's last one"


def remapped(value: Mapping[str, Any], original: Original, ref: str, branch_id: str | None) -> dict[str, Any]:
    """Arguments for the environment ``ref`` in the place of the original. SQL and sources stay as they are.

    A ref inside SQL is not an address but content, and content is what is compared.
    """
    changed = dict(value)
    if changed.get("project_id") == original.ref:
        changed["project_id"] = ref
    if "branch_id" in changed and changed["branch_id"] in (original.branch_id, original.ref):
        changed["branch_id"] = branch_id or ref
    return changed


def with_versions(arguments: dict[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    """Ledger versions in SQL, or to reset to, in the terms of the new ledger: the clock made both."""

    def renamed(value: Any) -> Any:
        return VERSION.sub(lambda m: versions.get(m[0], m[0]), value) if isinstance(value, str) else value

    return {k: renamed(v) if k in ("query", "migration_version") else v for k, v in arguments.items()}


def text_of(arguments: Mapping[str, Any]) -> str:
    """Where ledger versions may be named: the SQL, or the version to reset to."""
    return f"{arguments.get('query', '')} {arguments.get('migration_version', '')}"


def secrets_for(plan: Iterable[Step]) -> SecretRegistry:
    """The secrets that the calls need, from variables ``ARCHITECT_SECRET_NAME``.

    Raises :class:`NotReplayable` for a secret without a variable, and for a call whose arguments the log does
    not hold whole.
    """
    replayed = [step.call for step in plan if step.action == "replay"]
    torn = [f"{call.n} ({call.tool})" for call in replayed if not call.replayable]
    if torn:
        raise NotReplayable(
            f"The log does not hold all that was sent: a secret without a name was taken out of call "
            f"{', '.join(torn)}.",
            hint="Give such values to the tool server as named secrets; then their calls can be replayed.",
        )
    registry = SecretRegistry()
    missing = []
    for name in sorted({name for call in replayed for name in _named(call.arguments)}):
        variable = SECRET_VARIABLE + re.sub(r"[^A-Z0-9]", "_", name.upper())
        value = os.environ.get(variable)
        if value:
            registry.add(name, value)
        else:
            missing.append(variable)
    if missing:
        raise NotReplayable(
            f"The calls hold secrets that are not known here: {', '.join(missing)}.",
            hint="Set these environment variables to the secrets' values and run the replay again.",
        )
    return registry


def _named(value: Any) -> set[str]:
    """Names of the secrets in ``value``."""
    if isinstance(value, Mapping):
        if len(value) == 1 and "$secret" in value:
            return {str(value["$secret"])}
        return set().union(*(_named(inner) for inner in value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*(_named(inner) for inner in value))
    return set()
