"""Policies: whether one lets more rows through than before, fewer, or the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict
from architect.drift.effective import PUBLIC, Reach
from architect.drift.meaning import (
    Meaning,
    calls_outside_select,
    compare_policy,
    trusts_user_metadata,
)
from architect.drift.model import Severity
from architect.drift.text import dotted, ident
from architect.drift.text import policy as as_sql
from architect.drift.world import World, crowd, refused

_VERBS = {"r": "read", "a": "add", "w": "change", "d": "delete", "*": "read and change"}


def judge(change: Change, world: World) -> list[Verdict]:
    """A policy gone, extra, or different; each verdict has a direction."""
    if change.after is None:
        return [_missing(change, world)]
    if change.before is None:
        return [_extra(change, world)]
    meaning = compare_policy(change.old, change.new)
    if meaning.direction == "equal":
        return [_same(change, meaning)]
    return [_different(change, world, meaning)]


def _subject(change: Change) -> str:
    return f"Policy {ident(change.any['policy'])} on {dotted(change.key.schema, change.any['table'])}"


def _texts(change: Change) -> tuple[str | None, str | None]:
    return (
        as_sql(change.key.schema, change.old) if change.before else None,
        as_sql(change.key.schema, change.new) if change.after else None,
    )


def _reaches(detail: Mapping[str, Any], world: World) -> list[Reach]:
    return [reach for role in detail.get("roles") or [PUBLIC] for reach in world.reach(role)]


def _who(detail: Mapping[str, Any], world: World) -> str:
    reaches = _reaches(detail, world)
    return crowd(reaches) if reaches else f"role {', '.join(detail.get('roles') or [PUBLIC])}"


def _missing(change: Change, world: World) -> Verdict:
    who, verb = _who(change.old, world), _VERBS.get(change.old["command"], "use")
    if change.old.get("permissive", True):
        lost = refused(f"{who} can no longer {verb} the rows it let through")
        reason = f"{_subject(change)} is gone: {lost[:1].lower()}{lost[1:]}"
        severity, direction = Severity.CRITICAL, "stronger"
    else:
        reason = f"{_subject(change)} is gone: what it refused to {who} is open as far as others let it."
        severity, direction = Severity.CRITICAL, "weaker"
    if _idle(change.old, world):
        severity = Severity.LOW
    return Verdict("policy_missing", severity, reason, *_texts(change), direction)  # type: ignore[arg-type]


def _extra(change: Change, world: World) -> Verdict:
    who, verb = _who(change.new, world), _VERBS.get(change.new["command"], "use")
    before, after = _texts(change)
    if not change.new.get("permissive", True):
        reason = (
            f"{_subject(change)} is new and restrictive: {who} can {verb} only rows that it lets through too."
        )
        return Verdict("policy_extra", Severity.HIGH, reason, before, after, "stronger")
    if _idle(change.new, world):
        reason = f"{_subject(change)} is new, for roles that no policy holds back: it changes nothing."
        return Verdict("policy_extra", Severity.LOW, reason, before, after, "equal")
    twin = _twin(change, world)
    if twin is not None:
        reason = f"{_subject(change)} is new and says what {ident(twin)} says already: it only costs time."
        return Verdict("policy_extra", Severity.LOW, reason, before, after, "equal")
    rows = "every row" if _open(change.new) else "rows that no other policy has to let through"
    severity = Severity.CRITICAL if _reaches(change.new, world) else Severity.HIGH
    reason = f"{_subject(change)} is new: {who} can {verb} {rows}.{_metadata(change)}"
    return Verdict("policy_extra", severity, reason, before, after, "weaker")


def _twin(change: Change, world: World) -> str | None:
    """A policy that is there on both sides and says the same."""
    for fact in world.now.policies(change.key.schema, change.new["table"]):
        before = world.expected.facts.get(fact.key)
        if before is not None and before.detail == fact.detail:
            renamed = {**change.new, "policy": fact.detail["policy"]}
            if compare_policy(fact.detail, renamed).direction == "equal":
                return str(fact.detail["policy"])
    return None


def _idle(detail: Mapping[str, Any], world: World) -> bool:
    """Whether the policy is for roles alone that row level security does not hold for, then and now."""
    roles = detail.get("roles") or [PUBLIC]
    return all(world.was.above_rls(r) and world.now.above_rls(r) and not world.reach(r) for r in roles)


def _open(detail: Mapping[str, Any]) -> bool:
    return any(detail.get(clause) in ("true", "(true)") for clause in ("using", "check"))


def _same(change: Change, meaning: Meaning) -> Verdict:
    before, after = _texts(change)
    subject = _subject(change)
    if meaning.tier != 2:
        reason = f"{subject} is written in another way and means the same."
        return Verdict("policy_cosmetic", Severity.INFO, reason, before, after, "equal")
    lost = _bare_calls(change.new) > _bare_calls(change.old)
    reason = (
        f"{subject} asks its functions again for every row now, where it asked once: same rows, slower."
        if lost
        else f"{subject} asks its functions once now, not for every row: same rows, faster."
    )
    return Verdict("policy_perf", Severity.LOW if lost else Severity.INFO, reason, before, after, "equal")


def _bare_calls(detail: Mapping[str, Any]) -> int:
    return sum(len(calls_outside_select(detail.get(clause))) for clause in ("using", "check"))


def _different(change: Change, world: World, meaning: Meaning) -> Verdict:
    before, after = _texts(change)
    who, verb = _who(change.new, world), _VERBS.get(change.new["command"], "use")
    if meaning.direction == "stronger":
        users = _who(change.old, world)
        reason = f"{_subject(change)} lets fewer rows through: {users} may miss some.{_parts(meaning)}"
        return Verdict("policy_strengthened", Severity.HIGH, reason, before, after, "stronger")
    if _idle(change.old, world) and _idle(change.new, world):
        reason = f"{_subject(change)} is different, for roles that no policy holds back."
        return Verdict("policy_weakened", Severity.LOW, reason, before, after, meaning.direction or "both")
    severity = (
        Severity.CRITICAL if _reaches(change.new, world) or _reaches(change.old, world) else Severity.HIGH
    )
    rows = "every row" if _open(change.new) and not _open(change.old) else "rows that it kept from them"
    claim = "can now" if meaning.direction else "may now be able to"
    reason = f"{_subject(change)} lets more through: {who} {claim} {verb} {rows}."
    reason += _parts(meaning) + _metadata(change)
    return Verdict("policy_weakened", severity, reason, before, after, meaning.direction or "weaker")


def _parts(meaning: Meaning) -> str:
    return f" {meaning.reason[:1].upper()}{meaning.reason[1:].rstrip('.')}." if meaning.reason else ""


def _metadata(change: Change) -> str:
    trusted = [
        any(trusts_user_metadata(detail.get(clause)) for clause in ("using", "check"))
        for detail in (change.old, change.new)
    ]
    return " It trusts user_metadata, which users write themselves." if trusted == [False, True] else ""
