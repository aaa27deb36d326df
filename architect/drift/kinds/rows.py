"""Rows that are configuration: storage buckets, cron jobs, the ledger of migrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict
from architect.drift.kinds import generic
from architect.drift.kinds.generic import by_property, plain
from architect.drift.model import Severity
from architect.drift.world import World


def judge_bucket(change: Change, world: World) -> list[Verdict]:
    """A bucket gone, extra, made public, or with other limits."""
    name, text = change.key.name, _bucket(change.any)
    if change.after is None:
        why = "its files cannot be reached"
        return [Verdict("bucket_missing", Severity.HIGH, f"Bucket {name} is gone: {why}.", text)]
    if change.before is None:
        public = bool(change.new.get("public"))
        why = "everybody who knows a name can download its files" if public else "nobody expected it"
        severity = Severity.HIGH if public else Severity.MEDIUM
        return [
            Verdict(
                "bucket_extra",
                severity,
                f"Bucket {name} is new{' and public' if public else ''}: {why}.",
                None,
                text,
                "weaker" if public else None,
            )
        ]
    return by_property(
        change, world, {"public": _public, "file_size_limit": _limits, "allowed_mime_types": _limits}
    )


def _bucket(detail: Mapping[str, Any]) -> str:
    get = detail.get
    shown = {p: get(p) for p in ("file_size_limit", "allowed_mime_types") if get(p) is not None}
    return f"{'public' if get('public') else 'private'} bucket {get('id') or get('name')}" + (
        f" {plain(shown)}" if shown else ""
    )


def _public(change: Change, world: World) -> Verdict:
    texts = _bucket(change.old), _bucket(change.new)
    if change.gained("public"):
        why = "public now: everybody who knows a name can download its files, whatever policies say"
        return Verdict(
            "bucket_public", Severity.CRITICAL, f"Bucket {change.key.name} is {why}.", *texts, "weaker"
        )
    why = "private now: links to its files stop working"
    return Verdict(
        "bucket_private", Severity.MEDIUM, f"Bucket {change.key.name} is {why}.", *texts, "stronger"
    )


def _limits(change: Change, world: World) -> Verdict:
    looser = _size(change.new) > _size(change.old) or bool(
        _types(change.old) - _types(change.new) or {"*"} & _types(change.new) - _types(change.old)
    )
    tighter = _size(change.new) < _size(change.old)
    why = (
        "takes larger files or other kinds of files" if looser or not tighter else "takes only smaller files"
    )
    return Verdict(
        "bucket_limits",
        Severity.MEDIUM,
        f"Bucket {change.key.name} {why} now.",
        _bucket(change.old),
        _bucket(change.new),
    )


def _size(detail: Mapping[str, Any]) -> float:
    value = detail.get("file_size_limit")
    return float(value) if value is not None else float("inf")


def _types(detail: Mapping[str, Any]) -> set[str]:
    value = detail.get("allowed_mime_types")
    return set(value) if value is not None else {"*"}


def judge_cron(change: Change, world: World) -> list[Verdict]:
    """A scheduled job gone, new, switched off, or doing something else."""
    name, text = change.key.name, _job(change.any)
    if change.after is None:
        why = "what it did is no longer done"
        return [Verdict("cron_missing", Severity.MEDIUM, f"Scheduled job {name} is gone: {why}.", text)]
    if change.before is None:
        who = change.new.get("username")
        why = f"it runs as {who}" if who else "nobody expected it"
        return [Verdict("cron_extra", Severity.HIGH, f"Scheduled job {name} is new: {why}.", None, text)]
    rules = {"active": _active, "schedule": _schedule, "command": _command, "username": _command}
    return by_property(change, world, rules)


def _job(detail: Mapping[str, Any]) -> str:
    get = detail.get
    off = "" if get("active", True) else " (off)"
    return f"{get('schedule')}: {get('command')} as {get('username')}{off}"


def _active(change: Change, world: World) -> Verdict:
    why = "runs again" if change.new.get("active") else "is switched off: what it did is no longer done"
    severity = Severity.LOW if change.new.get("active") else Severity.MEDIUM
    return Verdict(
        "cron_disabled" if not change.new.get("active") else "cron_enabled",
        severity,
        f"Scheduled job {change.key.name} {why}.",
        _job(change.old),
        _job(change.new),
    )


def _schedule(change: Change, world: World) -> Verdict:
    why = f"runs at other times ({change.new.get('schedule')}, not {change.old.get('schedule')})"
    return Verdict(
        "cron_rescheduled",
        Severity.MEDIUM,
        f"Scheduled job {change.key.name} {why}.",
        _job(change.old),
        _job(change.new),
    )


def _command(change: Change, world: World) -> Verdict:
    why = "does something else, or as somebody else"
    return Verdict(
        "cron_changed",
        Severity.HIGH,
        f"Scheduled job {change.key.name} {why}.",
        _job(change.old),
        _job(change.new),
    )


def judge_migration(change: Change, world: World) -> list[Verdict]:
    """The ledger: a migration written down, taken out, or with other statements."""
    verdicts = generic.judge(change, world)
    return [v.at(Severity.LOW) for v in verdicts] if change.before is None else verdicts
