"""What the spec declares is no alarm: a catalogue that was meant to be public may be public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict
from architect.drift.effective import PUBLIC
from architect.drift.model import Severity
from architect.drift.world import World

#: What everybody, and every signed-in user, may read by these policies of a plan.
_READERS = {"public_read": {"anon", "authenticated"}, "authenticated_read": {"authenticated"}}


class Spec:
    """The plan of a build, asked what it declares; without one nothing is declared."""

    def __init__(self, plan: Mapping[str, Any] | None) -> None:
        tables = (plan or {}).get("tables") or ()
        self._tables: dict[str, Mapping[str, Any]] = {str(t["name"]): t for t in tables}
        self._public_buckets = {str(b["name"]) for b in (plan or {}).get("buckets") or () if b.get("public")}

        functions = (plan or {}).get("functions") or ()
        self._open_functions = {str(f["slug"]) for f in functions if f.get("verify_jwt") is False}

    def weighed(self, change: Change, verdict: Verdict, world: World) -> Verdict:
        """The verdict; information when what it calls an opening is what the spec asks for."""
        why = self._declares(change, verdict, world) if verdict.direction in ("weaker", None) else None
        if why is None:
            return verdict
        return Verdict(
            verdict.type,
            Severity.INFO,
            f"{verdict.reason} The spec asks for that: {why}.",
            verdict.before,
            verdict.after,
            verdict.direction,
            verdict.resource,
            verdict.affects,
        )

    def _declares(self, change: Change, verdict: Verdict, world: World) -> str | None:
        match change.key.kind:
            case "grant":
                return self._grant(change, world)
            case "policy":
                return self._policy(change, world)
            case "bucket":
                public = change.new.get("public") and change.key.name in self._public_buckets
                only = verdict.type in ("bucket_public", "bucket_extra")
                return f"bucket {change.key.name} is public" if public and only else None
            case "edge_function":
                open_ = change.key.name in self._open_functions and change.new.get("verify_jwt") is False
                only = verdict.type in ("edge_function_security", "edge_function_extra")
                return f"function {change.key.name} answers without a token" if open_ and only else None
        return None

    def _readers(self, schema: str, table: str, *, whole: bool) -> set[str]:
        """Who may read a table by the plan: some rows of it, or every row (``whole``)."""
        declared = self._tables.get(table) if schema == "public" else None
        readers: set[str] = set()
        for policy in (declared or {}).get("policies") or ():
            if not (whole and policy.get("where")):
                readers |= _READERS.get(policy["kind"], set())
        return readers

    def _grant(self, change: Change, world: World) -> str | None:
        """Reading, granted to those whom the plan lets read, where policies still choose the rows."""
        kind, name = change.new.get("object_kind"), str(change.new.get("object"))
        table = name.split(".")[0]
        readers = self._readers(change.key.schema, table, whole=False)
        gained = {p for p, grantable in (change.new.get("privileges") or {}).items()
                  if (change.old.get("privileges") or {}).get(p) != grantable}  # fmt: skip
        passed_on = any((change.new.get("privileges") or {}).values())
        holders = {reach.role for reach in world.reach(str(change.new.get("grantee")))}
        fine = kind in ("table", "column") and gained == {"SELECT"} and not passed_on and bool(holders)
        if fine and holders <= readers and world.guarded(change.key.schema, table):
            return f"{_people(readers)} may read {table}"
        return None

    def _policy(self, change: Change, world: World) -> str | None:
        """A policy that only reads, for those whom the plan lets read every row."""
        detail = change.new
        if not detail or detail.get("command") != "r" or not detail.get("permissive", True):
            return None
        readers = self._readers(change.key.schema, str(detail["table"]), whole=True)
        roles = [str(role) for role in detail.get("roles") or [PUBLIC]]
        holders = {reach.role for role in roles for reach in world.reach(role)}
        if not holders or not holders <= readers:
            return None
        if change.old and (change.old.get("command"), change.old.get("permissive")) != ("r", True):
            return None
        return f"{_people(readers)} may read every row of {detail['table']}"


def _people(readers: set[str]) -> str:
    return "everybody" if "anon" in readers else "every signed-in user"
