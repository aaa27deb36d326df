"""What the platform holds outside of the database: edge functions, settings of Auth and of the API."""

from __future__ import annotations

import re

from architect.drift.change import Change, Verdict, both
from architect.drift.kinds import setting
from architect.drift.kinds.generic import by_property, plain
from architect.drift.model import Severity
from architect.drift.world import World

#: Settings of Auth that decide who gets in.
_DOORS = re.compile(
    r"(anonymous_users|autoconfirm|password_min|password_required|hibp|mfa|captcha|uri_allow_list|site_url|jwt_|"
    r"refresh_token|hook_|disable_signup|external_.*_enabled|secure_|saml|security_)"
)
#: What a value of True opens, and what one of False does.
_OPENED_BY_TRUE = re.compile(r"(anonymous_users_enabled|autoconfirm|external_.*_enabled)")
_OPENED_BY_FALSE = re.compile(
    r"(disable_signup|captcha_enabled|secure_|hibp_enabled|rotation_enabled|require)"
)


def judge_edge_function(change: Change, world: World) -> list[Verdict]:
    """An edge function gone, extra, open to callers without a token, or with other code."""
    name, text = change.key.name, plain(change.any)
    if change.after is None:
        return [
            Verdict(
                "edge_function_missing",
                Severity.HIGH,
                f"Edge function {name} is gone: calls of it fail.",
                text,
            )
        ]
    if change.before is None:
        open_ = change.new.get("verify_jwt") is False
        why = "everybody can call it without a token" if open_ else "nobody expected it"
        severity = Severity.HIGH if open_ else Severity.MEDIUM
        return [
            Verdict(
                "edge_function_extra",
                severity,
                f"Edge function {name} is new: {why}.",
                None,
                text,
                "weaker" if open_ else None,
            )
        ]
    rules = {
        "verify_jwt": _verify,
        **dict.fromkeys(("digest", "version", "entrypoint_path", "import_map_path"), _code),
    }
    return by_property(change, world, rules)


def _verify(change: Change, world: World) -> Verdict:
    before, after = (
        f"verify_jwt = {str(bool(d.get('verify_jwt'))).lower()}" for d in (change.old, change.new)
    )
    if change.gained("verify_jwt"):
        why = "asks for a token now: calls without one are refused"
        return Verdict(
            "edge_function_security",
            Severity.MEDIUM,
            f"Edge function {change.key.name} {why}.",
            before,
            after,
            "stronger",
        )
    why = "no longer asks for a token: everybody can call it"
    return Verdict(
        "edge_function_security",
        Severity.CRITICAL,
        f"Edge function {change.key.name} {why}.",
        before,
        after,
        "weaker",
    )


def _code(change: Change, world: World) -> Verdict:
    shown = both(change, lambda d: plain({p: d.get(p) for p in ("version", "digest")}))
    if "digest" not in change.differing:
        return Verdict(
            "edge_function_redeployed",
            Severity.INFO,
            f"Edge function {change.key.name} was deployed again with the same code.",
            *shown,
            "equal",
        )
    return Verdict(
        "edge_function_changed", Severity.HIGH, f"Edge function {change.key.name} runs other code.", *shown
    )


def judge_auth(change: Change, world: World) -> list[Verdict]:
    """A setting of Auth: who may sign up and in, and what a password and a token are worth."""
    name = change.key.name
    old, new = (d.get("value") for d in (change.old, change.new))
    opened = (bool(_OPENED_BY_TRUE.search(name)) and new is True) or (
        bool(_OPENED_BY_FALSE.search(name)) and old is True
    )
    severity = Severity.HIGH if _DOORS.search(name) else Severity.MEDIUM
    why = "more people get in, or more easily" if opened else "signing up and in works by other rules"
    return [
        Verdict(
            "auth_setting_changed",
            severity,
            f"Auth setting {name} is different: {why}.",
            _shown(old),
            _shown(new),
            "weaker" if opened else None,
        )
    ]


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def judge_api(change: Change, world: World) -> list[Verdict]:
    """A setting of the REST API, like the settings that PostgREST reads from its role."""
    return setting.judge(change, world)
