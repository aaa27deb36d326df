"""Settings of roles and of the database: what the API shows, and under which rules sessions start."""

from __future__ import annotations

import re

from architect.drift.change import Change, Verdict
from architect.drift.effective import AUTHENTICATOR, EXPOSED, schemas
from architect.drift.model import Resource, Severity
from architect.drift.world import World

#: Settings of PostgREST that stand between a request and the data.
_GATES = {
    "pgrst.db_anon_role": "requests without a token come as another role now",
    "pgrst.db_pre_request": "PostgREST asks another function before each request, or none",
    "pgrst.jwt_secret": "tokens are checked against another secret",
    "pgrst.jwt_aud": "tokens made for others may be taken",
    "pgrst.jwt_role_claim_key": "the role of a request is read from another claim",
    "session_replication_role": "triggers, and with them foreign keys, may no longer run",
    "role": "sessions start as another role",
}
_RISKY = re.compile(r"^(row_security|search_path|app\.|pgrst\.|default_transaction_read_only|log_statement)")
#: What the REST API serves of a schema.
_SERVED = frozenset({"table", "view", "matview", "function"})
_CLAIMS = re.compile(r"^request\.")


def judge(change: Change, world: World) -> list[Verdict]:
    """A setting new, gone or different. The search path of a database is nobody's right: no verdict."""
    setting = str(change.any.get("setting") or change.key.name)
    role = change.any.get("role")
    if role is None and setting == "search_path" and change.key.kind == "database_setting":
        return []
    old, new = (d.get("value") for d in (change.old, change.new))
    if "db_schema" in setting:
        return [_exposed(change, world, setting, old, new)]
    severity, why = _weight(setting, role, old, new, world)
    subject = f"Setting {setting} of {f'role {role}' if role else 'the database'}"
    return [
        Verdict(
            "exposure_changed" if setting in _GATES else f"{change.key.kind}_changed",
            severity,
            f"{subject} is {'gone' if new is None else 'new' if old is None else 'different'}: {why}.",
            _text(setting, old),
            _text(setting, new),
            "weaker" if severity is Severity.CRITICAL else None,
            _resource(change, setting, role),
        )
    ]


def _resource(change: Change, setting: str, role: object) -> Resource:
    return Resource(kind=change.key.kind, schema=None, name=f"{role}.{setting}" if role else setting)


def _text(setting: str, value: object) -> str | None:
    return None if value is None else f"{setting} = {value}"


def _weight(setting: str, role: object, old: object, new: object, world: World) -> tuple[Severity, str]:
    api = role is None or role == AUTHENTICATOR or world.is_api(str(role))
    if _CLAIMS.match(setting):
        return Severity.CRITICAL, "sessions carry claims that no token gave them"
    if setting in _GATES:
        return (Severity.CRITICAL if api else Severity.HIGH), _GATES[setting]
    if setting == "row_security" and api:
        return Severity.HIGH, "requests fail, or run without policies"
    if setting == "search_path" and api:
        return Severity.HIGH, "names without a schema may mean other tables and functions"
    if setting.startswith("app.") or (_RISKY.match(setting) and api):
        return Severity.MEDIUM, "what reads it behaves in another way"
    return (Severity.MEDIUM if api else Severity.LOW), "its sessions behave in another way"


def _exposed(change: Change, world: World, setting: str, old: object, new: object) -> Verdict:
    before = schemas(str(old)) if old is not None else EXPOSED
    after = schemas(str(new)) if new is not None else EXPOSED
    more, less = sorted(after - before), sorted(before - after)
    if more:
        severity, direction = Severity.CRITICAL, "both" if less else "weaker"
        why = f"The REST API serves schema {', '.join(more)} now: everybody can reach what is granted there."
    else:
        severity, direction = (Severity.HIGH, "stronger") if less else (Severity.LOW, "equal")
        why = (
            f"The REST API no longer serves schema {', '.join(less)}: requests for it fail."
            if less
            else "The REST API serves the same schemas in another order; the first is the default."
        )
    return Verdict(
        "exposure_changed",
        severity,
        why,
        _text(setting, old),
        _text(setting, new),
        direction,  # type: ignore[arg-type]
        _resource(change, setting, change.any.get("role")),
        frozenset(key for key in world.found.facts if key.kind in _SERVED and key.schema in after ^ before),
    )
