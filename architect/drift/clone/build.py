"""Build a database on the scratch server from facts, and say what could not be made."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from architect.catalog.facts.snapshot import Key, Snapshot
from architect.drift import ddl
from architect.drift.clone.facts import differing, facts, overlaid, own
from architect.drift.clone.scratch import Scratch
from architect.drift.clone.wary import Wary
from architect.drift.ddl.statement import Statement
from architect.sql import query

#: Rounds in which what failed is tried again: what it needs may have come later.
ROUNDS = 3
#: Functions in these languages are text that the server itself guards.
LANGUAGES = frozenset({"sql", "plpgsql"})
#: What only a function that leaves the database says. A clone does without it.
_OUTSIDE = re.compile(
    r"\bprogram\b|\bdblink|\bpg_read_|\bpg_ls_|\bpg_execute|\blo_(?:im|ex)port|\bhttp_|\bnet\.http|\bload\s+'"
    r"|\bset\s+(?:local\s+|session\s+)?(?:role|session)\b|\breset\s+role\b|session_authorization|\balter\s+system"
    r"|set_config\s*\(\s*'role'",
    re.I,
)


@dataclass
class Built:
    """A clone: what is in it, and what of the snapshot is not, with the reason."""

    database: str
    snapshot: Snapshot
    missing: dict[Key, str] = field(default_factory=dict)


def build(scratch: Scratch, wanted: Snapshot, database: str) -> Built:
    """Make ``database`` from ``wanted``, or take the one that a former check left."""
    if scratch.reused:
        return _found(scratch, database)
    scratch.create_database(database)
    kept, missing = screened(wanted)
    with connected(scratch, database) as conn:
        missing |= run(conn, ddl.create(kept))
        give_extensions(conn, wanted)
        missing = _converged(conn, kept, missing)
        said = json.dumps([[*key, why] for key, why in missing.items()])
        conn.execute(
            sql.SQL(query("drift_clone", "note")).format(
                name=sql.Identifier(database), note=sql.Literal(said)
            )
        )
        snapshot = own(facts(conn))
    return Built(database, snapshot, missing)


def connected(scratch: Scratch, database: str) -> psycopg.Connection[Any]:
    """A connection that builds: it calls no function of the clone and no trigger."""
    conn = scratch.connect(database)
    conn.execute(query("drift_clone", "session"))
    return conn


def run(
    conn: psycopg.Connection[Any], statements: Sequence[Statement], wary: Wary | None = None
) -> dict[Key, str]:
    """Run each statement by itself; answers what was refused or failed in every round, and why."""
    failed: dict[Key, str] = {}
    waiting = []
    for statement in statements:
        why = statement.why_not or (wary.refused(statement.sql) if wary else None)
        if why is None:
            waiting.append(statement)
        elif statement.key is not None:
            failed[statement.key] = why
    again: list[tuple[Statement, str]] = []
    for _ in range(ROUNDS):
        again = [(s, why) for s in waiting if (why := _failure(conn, s)) is not None]
        if len(again) in (0, len(waiting)):
            break
        waiting = [statement for statement, _ in again]
    for statement, why in again:
        if statement.key is not None:
            failed.setdefault(statement.key, why)
    return failed


def _converged(conn: psycopg.Connection[Any], wanted: Snapshot, missing: dict[Key, str]) -> dict[Key, str]:
    """Bring what a new database has of its own (a public schema, an owner) to what is wanted."""
    now = own(facts(conn))
    keys = differing(now.facts, wanted.facts) - missing.keys()
    return missing | run(conn, ddl.alter(now, overlaid(now, wanted, keys), keys)) if keys else missing


def _failure(conn: psycopg.Connection[Any], statement: Statement) -> str | None:
    try:
        conn.execute(statement.sql.encode())
    except psycopg.Error as error:
        return error.diag.message_primary or str(error)
    return None


def screened(wanted: Snapshot) -> tuple[Snapshot, dict[Key, str]]:
    """``wanted`` without functions that a clone must not run, and why each was left out."""
    out: dict[Key, str] = {}
    for fact in wanted.of("function"):
        why = _leaves(fact.detail)
        if why is not None:
            out[fact.key] = why
    kept = {key: fact for key, fact in own(wanted).facts.items() if key not in out}
    return replace(wanted, facts=kept), out


def _leaves(detail: Mapping[str, Any]) -> str | None:
    if detail.get("kind") == "a":
        return None
    if detail.get("language") not in LANGUAGES:
        return f"a function in the language {detail.get('language')} is not run in a clone"
    if _OUTSIDE.search(str(detail.get("body") or "")):
        return "a function that reaches out of its database, or changes who it runs as, is not run in a clone"
    return None


def give_extensions(
    conn: psycopg.Connection[Any], wanted: Snapshot, keys: Collection[Key] | None = None
) -> None:
    """Nothing but a change of the catalog gives an extension to another owner; ``None``: all of them."""
    for fact in wanted.of("extension"):
        if keys is not None and fact.key not in keys:
            continue
        conn.execute(
            query("drift_clone", "give_extension"), {"name": fact.key.name, "owner": fact.detail["owner"]}
        )


def _found(scratch: Scratch, database: str) -> Built:
    with connected(scratch, database) as conn:
        row = conn.execute(query("drift_clone", "noted")).fetchone()
        missing = {
            Key(kind, schema, name): why for kind, schema, name, why in json.loads(row[0] if row else "[]")
        }
        return Built(database, own(facts(conn)), missing)
