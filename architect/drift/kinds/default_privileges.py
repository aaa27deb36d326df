"""Default privileges: what roles may do with every object that is made from now on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict
from architect.drift.effective import PUBLIC, SERVICE_ROLE, bare, held
from architect.drift.model import Direction, Resource, Severity
from architect.drift.world import World, crowd, people, refused

#: What roles hold on new objects when nothing is declared.
_BUILT_IN: Mapping[str, Mapping[str, frozenset[str]]] = {
    "functions": {PUBLIC: frozenset({"EXECUTE"})},
    "types": {PUBLIC: frozenset({"USAGE"})},
}


def judge(change: Change, world: World) -> list[Verdict]:
    """One verdict for what is gained and lost by all holders together."""
    kind = str(change.any["object_kind"])
    everywhere = not change.any.get("schema")
    old, new = (_holders(d, kind, everywhere) for d in (change.old, change.new))
    gained = {g: new[g] - old.get(g, frozenset()) for g in new}
    lost = {g: bare(old[g]) - bare(new.get(g, ())) for g in old}
    gained, lost = ({g: p for g, p in some.items() if p} for some in (gained, lost))
    direction: Direction = (
        "both" if gained and lost else "weaker" if gained else "stronger" if lost else "equal"
    )
    severity = _severity(kind, gained, lost, world)
    return [
        Verdict(
            "default_privileges",
            severity,
            _reason(change, kind, gained, lost, world),
            _text(change, old),
            _text(change, new),
            direction,
            _resource(change, kind),
        )
    ]


def _holders(detail: Mapping[str, Any], kind: str, everywhere: bool) -> dict[str, frozenset[str]]:
    """Per role its privileges; a list for every schema replaces the server's habits, others add."""
    if not detail:
        return dict(_BUILT_IN.get(kind, {})) if everywhere else {}
    return {str(k): held(v) for k, v in detail["holders"].items() if k != "its owner"}


def _severity(
    kind: str, gained: Mapping[str, frozenset[str]], lost: Mapping[str, frozenset[str]], world: World
) -> Severity:
    opened = [g for g in gained if world.reach(g)]
    if opened and kind in ("tables", "functions"):
        return Severity.CRITICAL
    if opened:
        return Severity.HIGH if kind == "schemas" else Severity.MEDIUM
    if gained and any(g != SERVICE_ROLE and not world.now.above_rls(g) for g in gained):
        return Severity.HIGH if kind in ("tables", "functions") else Severity.MEDIUM
    return Severity.MEDIUM if lost else Severity.LOW


def _reason(
    change: Change,
    kind: str,
    gained: Mapping[str, frozenset[str]],
    lost: Mapping[str, frozenset[str]],
    world: World,
) -> str:
    where = f"schema {change.any['schema']}" if change.any.get("schema") else "every schema"
    things = f"all {kind} that {change.any['role']} makes in {where} from now on"
    said = []
    for holders, can in ((gained, "get"), (lost, "no longer get")):
        for grantee, names in sorted(holders.items()):
            reaches = world.reach(grantee)
            who = crowd(reaches) if reaches else people(grantee)
            word = f"{who} will {can} {', '.join(sorted(names)).lower()} on {things}"
            said.append(word if holders is gained else refused(word).rstrip("."))
    text = "; ".join(said) or f"what holds for {things} is declared in another way"
    return f"{text[:1].upper()}{text[1:]}."


def _text(change: Change, holders: Mapping[str, frozenset[str]]) -> str:
    kind = str(change.any["object_kind"])
    where = f" in schema {change.any['schema']}" if change.any.get("schema") else ""
    start = f"alter default privileges for role {change.any['role']}{where}"
    grants = [
        f"grant {', '.join(sorted(p)).lower()} on {kind} to {g}" for g, p in sorted(holders.items()) if p
    ]
    return f"{start}: {'; '.join(grants) or 'no grants'}"


def _resource(change: Change, kind: str) -> Resource:
    schema = change.any.get("schema")
    name = f"{kind} of {change.any['role']}"
    return Resource(kind="default_privileges", schema=str(schema) if schema else None, name=name)
