"""Functions: what policies ask, what runs with its owner's rights, and who may call it."""

from __future__ import annotations

import re

from architect.catalog.facts.snapshot import Key
from architect.drift.change import Change, Verdict, both
from architect.drift.effective import Reach
from architect.drift.kinds.generic import by_property, named
from architect.drift.kinds.ownership import owner
from architect.drift.meaning import compare_expressions, same_body
from architect.drift.model import Direction, Severity
from architect.drift.text import settings
from architect.drift.world import World, count, crowd

#: The whole body is one condition.
_CONDITION = re.compile(r"\s*select\s+(?!distinct\b|all\b)([^;]+?)\s*;?\s*", re.IGNORECASE)


def judge(change: Change, world: World) -> list[Verdict]:
    """A function gone, extra, or different."""
    if change.after is None:
        return [_missing(change, world)]
    if change.before is None:
        return [_extra(change, world)]
    return by_property(change, world, _RULES, derived=frozenset({"definition"}))


def _policies(key: Key, world: World) -> list[Key]:
    return world.blast.policies(key)


def _helper(change: Change, world: World) -> str | None:
    """What it decides, when policies ask it or it is how the platform says who asks."""
    policies = _policies(change.key, world)
    if policies:
        tables = {(k.schema, k.name.split(".")[0]) for k in policies}
        asking = count(len(policies), "policy asks", "policies ask")
        return f"{asking} it, on {count(len(tables), 'table', 'tables')}"
    if change.key.schema == "auth" and not _is_trigger(change):
        return "policies ask it who is calling"
    grants = world.now.grants(change.key.schema, change.key.name, ("function",))
    if any(fact.detail["grantee"] == "supabase_auth_admin" for fact in grants):
        return "Auth asks it when it makes tokens"
    plain_name = f"{change.key.schema}.{change.key.name.split('(')[0]}"
    if any(
        fact.detail.get("setting") == "pgrst.db_pre_request" and fact.detail.get("value") == plain_name
        for fact in world.was.of("role_setting")
    ):
        return "the API asks it before each request"
    return None


def _callers(change: Change, world: World) -> list[Reach]:
    """Who may call it over the API, those first who may enter its schema."""
    callers = [
        reach
        for fact in world.now.grants(change.key.schema, change.key.name, ("function", "procedure"))
        for reach in world.reach(fact.detail["grantee"])
    ]
    inside = world.now.rights("", change.key.schema, "schema")
    return [reach for reach in callers if "USAGE" in inside.get(reach.role, ())] or callers


def _is_trigger(change: Change) -> bool:
    return change.any.get("returns") in ("trigger", "event_trigger")


def _missing(change: Change, world: World) -> Verdict:
    policies = _policies(change.key, world)
    severity = Severity.HIGH if policies else Severity.MEDIUM
    why = f"{len(policies)} policies asked it" if policies else "what calls it fails"
    return Verdict(
        "function_missing",
        severity,
        f"Function {named(change)} is gone: {why}.",
        change.old.get("definition"),
    )


def _extra(change: Change, world: World) -> Verdict:
    callers = _callers(change, world)
    text, start = change.new.get("definition"), f"Function {named(change)} is new"
    if change.new.get("definer") and callers and not _is_trigger(change):
        why = f"{crowd(callers)} can call it, and it runs with the rights of {change.new.get('owner')}"
        return Verdict("function_extra", Severity.CRITICAL, f"{start}: {why}.", None, text, "weaker")
    if change.new.get("definer"):
        why = f"and runs with the rights of {change.new.get('owner')}"
        return Verdict("function_extra", Severity.HIGH, f"{start} {why}.", None, text)
    severity = Severity.MEDIUM if callers and change.key.schema in world.now.exposed else Severity.LOW
    return Verdict("function_extra", severity, f"{start} and nobody expected it.", None, text)


def _body(change: Change, world: World) -> Verdict:
    before, after = change.old.get("definition"), change.new.get("definition")
    if not {"aggregate", "library", "language", "kind"} & change.differing and same_body(
        change.old, change.new
    ):
        reason = f"Function {named(change)} is written in another way and does the same."
        return Verdict("function_cosmetic", Severity.INFO, reason, before, after, "equal")
    helper = _helper(change, world)
    if helper:
        direction = None if _denied(change.key, world) else _answers(change)
        answers = {"weaker": "it says yes more often", "stronger": "it says yes less often"}
        told = answers.get(str(direction), "other rows pass now")
        which = f", and {told}" if _policies(change.key, world) else ""
        reason = f"Function {named(change)} does something else: {helper}{which}."
        return Verdict("helper_changed", Severity.CRITICAL, reason, before, after, direction)
    callers = _callers(change, world)
    if change.new.get("definer") and callers and not _is_trigger(change):
        why = f"{crowd(callers)} can call it, and it runs with its owner's rights, past all policies"
        return Verdict(
            "function_changed",
            Severity.CRITICAL,
            f"Function {named(change)} does something else: {why}.",
            before,
            after,
        )
    severity = Severity.HIGH if change.new.get("definer") else Severity.MEDIUM
    what = "its triggers do" if _is_trigger(change) else "it does"
    return Verdict(
        "function_changed",
        severity,
        f"Function {named(change)} is another one: {what} something else.",
        before,
        after,
    )


def _denied(key: Key, world: World) -> bool:
    """Whether some policy asks for its no (``not private.is_blocked(...)``): a yes then closes."""
    word = f"NOT {key.schema}.{key.name.split('(')[0]}("
    facts = (world.now.of("policy"), world.was.of("policy"))
    return any(word in str(fact.detail.get(c)) for side in facts for fact in side for c in ("using", "check"))


def _answers(change: Change) -> Direction | None:
    """Whether a function that is one condition says yes more often than before, or less."""
    if any(d.get("language") != "sql" or d.get("returns") != "boolean" for d in (change.old, change.new)):
        return None
    before, after = (_CONDITION.fullmatch(str(d.get("body"))) for d in (change.old, change.new))
    if before is None or after is None:
        return None
    direction = compare_expressions(before[1], after[1]).direction
    return direction if direction in ("weaker", "stronger", "both") else None


def _definer(change: Change, world: World) -> Verdict:
    texts = both(change, lambda d: f"security {'definer' if d.get('definer') else 'invoker'}")
    if change.gained("definer"):
        callers = _callers(change, world)
        who = f"; {crowd(callers)} can call it" if callers else ""
        why = f"runs with the rights of {change.new.get('owner')} now, past all policies{who}"
        return Verdict(
            "function_security", Severity.CRITICAL, f"Function {named(change)} {why}.", *texts, "weaker"
        )
    helper = _helper(change, world)
    why = f"runs with the rights of who calls it now, and may see less{f': {helper}' if helper else ''}"
    severity = Severity.HIGH if helper else Severity.MEDIUM
    return Verdict("function_security", severity, f"Function {named(change)} {why}.", *texts, "stronger")


def _config(change: Change, world: World) -> Verdict:
    before, after = settings(change.old.get("config")), settings(change.new.get("config"))
    texts = both(change, lambda d: "; ".join(d.get("config") or ()) or "no settings")
    definer, start = bool(change.new.get("definer")), f"Function {named(change)}"
    old, new = before.get("search_path"), after.get("search_path")
    if old == new:
        severity = (
            Severity.HIGH
            if {"row_security", "role", "session_replication_role"} & (before.keys() ^ after.keys())
            else Severity.MEDIUM
        )
        return Verdict("function_config", severity, f"{start} runs under other settings.", *texts)
    if new is None:
        why = "has no search_path of its own any more: its caller decides what the names in it mean"
        severity = Severity.HIGH if definer or _helper(change, world) else Severity.MEDIUM
        return Verdict("function_security", severity, f"{start} {why}.", *texts, "weaker")
    if old is None:
        return Verdict(
            "function_security",
            Severity.LOW,
            f"{start} has a search_path of its own now.",
            *texts,
            "stronger",
        )
    severity = Severity.HIGH if definer or _helper(change, world) else Severity.MEDIUM
    return Verdict("function_security", severity, f"{start} looks its names up elsewhere now.", *texts)


def _leakproof(change: Change, world: World) -> Verdict:
    texts = both(change, lambda d: "leakproof" if d.get("leakproof") else "not leakproof")
    if change.gained("leakproof"):
        why = "counts as leakproof now: it is run on rows before policies hide them, and may tell about them"
        return Verdict(
            "function_security", Severity.HIGH, f"Function {named(change)} {why}.", *texts, "weaker"
        )
    why = "no longer counts as leakproof: policies run before it, and indexes may not be used"
    return Verdict("function_security", Severity.LOW, f"Function {named(change)} {why}.", *texts, "stronger")


_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}


def _volatility(change: Change, world: World) -> Verdict:
    texts = both(change, lambda d: _VOLATILITY.get(str(d.get("volatility")), "?"))
    start = f"Function {named(change)} is {texts[1]} now, not {texts[0]}"
    helper = _helper(change, world)
    if texts[1] == "immutable" and helper:
        why = "the planner may keep one caller's answer for another"
        return Verdict("function_security", Severity.HIGH, f"{start}: {why}.", *texts, "weaker")
    severity = Severity.LOW if texts[1] == "volatile" else Severity.MEDIUM
    why = (
        "it is asked again for every row"
        if texts[1] == "volatile"
        else "the planner may ask it less often than its answer changes"
    )
    return Verdict("function_volatility", severity, f"{start}: {why}.", *texts)


def _shape(change: Change, world: World) -> Verdict:
    texts = both(change, lambda d: f"({d.get('arguments')}) returns {d.get('returns')}")
    return Verdict(
        "function_changed",
        Severity.MEDIUM,
        f"Function {named(change)} takes or gives something else.",
        *texts,
    )


def _cost(change: Change, world: World) -> Verdict:
    names = ("strict", "parallel", "cost", "rows")
    texts = both(change, lambda d: ", ".join(f"{n} {d.get(n)}" for n in names))
    strict = change.old.get("strict") != change.new.get("strict")
    why = (
        "answers null without being run when an argument is null, or no longer does"
        if strict
        else "is planned in another way"
    )
    return Verdict(
        "function_options",
        Severity.MEDIUM if strict else Severity.LOW,
        f"Function {named(change)} {why}.",
        *texts,
    )


_RULES = {
    **dict.fromkeys(("body", "sql_body", "language", "library", "aggregate", "kind"), _body),
    **dict.fromkeys(("arguments", "returns", "identity_arguments"), _shape),
    **dict.fromkeys(("strict", "parallel", "cost", "rows", "support"), _cost),
    "definer": _definer, "owner": owner, "config": _config, "leakproof": _leakproof,
    "volatility": _volatility,
}  # fmt: skip
