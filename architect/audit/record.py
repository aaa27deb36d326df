"""What goes into a bundle: the session, its calls as logged, and what came of running them again."""

from __future__ import annotations

import hashlib
import json
import platform as machine
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import architect
from architect.plan.model import Plan
from architect.provision.replay import Outcome, Report
from architect.redaction import redact
from architect.sessions.model import Session, ToolCall, wire_time

#: npm packages whose versions are named.
NPM = ("@supabase/mcp-server-supabase", "@supabase/lite")


def of_replay(report: Report) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Header and entries of a replay."""
    prints, target, original = report.prints, report.target, report.original
    header = _header(report.session, "replay") | {
        "environment": {
            "mode": original.mode,
            "name": original.name,
            "ref": original.ref,
            "parent_ref": original.base_ref,
        },
        "replay": {
            "started_at": wire_time(report.started_at),
            "same": report.same,
            "outcomes": _counted(report.outcomes),
            "environment": {"ref": target.ref, "name": target.name, "made_for_it": target.made},
            "differences": list(report.differences),
            "fingerprints": {
                "recorded": prints.recorded,
                "original_now": prints.original,
                "base": prints.base,
                "before": prints.before,
                "after": prints.after,
                "after_by_own_rule": prints.after_by_own_rule,
            },
        },
    }
    return redact(header), [redact(_entry(o.step.call) | _replayed(o)) for o in report.outcomes]


def of_log(session: Session, calls: Sequence[ToolCall]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Header and entries of a session's log alone."""
    return redact(_header(session, "log")), [redact(_entry(call)) for call in calls]


def _header(session: Session, kind: str) -> dict[str, Any]:
    environment = session.environment or {}
    return {
        "kind": kind,
        "sealed_at": wire_time(datetime.now(UTC)),
        "session": {
            "id": session.id,
            "status": session.status,
            "template": session.template,
            "created_at": wire_time(session.created_at),
            "generation": session.generation,
        },
        "spec_sha256": hashlib.sha256(session.spec_text.encode()).hexdigest(),
        "plan_sha256": None if session.plan is None else Plan.model_validate(session.plan).digest(),
        "environment": {k: environment.get(k) for k in ("mode", "name", "ref", "parent_ref")},
        "fingerprint": session.outputs.get("fingerprint"),
        "versions": {"architect": architect.__version__, "python": machine.python_version(), **_npm()},
    }


def _entry(call: ToolCall) -> dict[str, Any]:
    return {
        "n": call.n,
        "server": call.server,
        "tool": call.tool,
        "arguments": call.arguments,
        "recorded": {
            "started_at": wire_time(call.started_at),
            "ok": call.ok,
            "ms": call.ms,
            "result_digest": call.result_digest,
            "result_rule": call.result_rule,
            "error": call.error,
        },
    }


def _replayed(outcome: Outcome) -> dict[str, Any]:
    return {
        "replayed": {
            "status": outcome.status,
            "why": outcome.why,
            "ms": outcome.ms,
            "result_digest": outcome.result_digest,
        }
    }


def _counted(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    return counts


def _npm() -> Mapping[str, str]:
    """Package -> version, from the one file that pins them."""
    pinned = json.loads(files("architect.embedded").joinpath("deno.json").read_text(encoding="utf-8"))[
        "imports"
    ]
    return {name: str(pinned[name]).rpartition("@")[2] for name in NPM}
