"""What the sentinel writes about a session, for tests of those who read it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

ALERT = """
insert into drift_alerts
  (id, session_id, tenant_id, severity, type, resource, recommendation, fingerprint, resource_kind,
   resource_schema, resource_name, direction, before, after, reason, witness, blast_radius, people,
   spec_chunk, fix_sql, fix, fix_proof, status, resolved_at, closed_how)
select coalesce(%(id)s::uuid, gen_random_uuid()), id, tenant_id, %(severity)s, 'rls_disabled',
       'table public.' || %(table)s, 'switch it on', %(table)s, 'table', 'public', %(table)s, 'weaker', 'on',
       'off', 'Everybody reads it.', %(witness)s, %(radius)s, '{sellers}', %(chunk)s, 'alter table x;',
       %(fix)s, %(proof)s, %(status)s,
       case %(status)s when 'resolved' then now() end, case %(status)s when 'resolved' then 'converged' end
  from build_sessions where id = %(session_id)s returning id::text"""
VALUES: dict[str, Any] = {
    "id": None,
    "severity": "critical",
    "table": "orders",
    "status": "open",
    "witness": Jsonb({"sentence": "user B can now read row 7 of orders"}),
    "radius": Jsonb([{"kind": "policy", "schema": "public", "name": "orders.owner reads"}]),
    "chunk": Jsonb(
        {"chunkIndex": 2, "heading": "Orders", "how": "plan", "quote": "Users see their own orders."}
    ),
    "fix": Jsonb({"hazards": ["AUTHZ_UPDATE"], "proven": True, "automatic": True, "digest": "d"}),
    "proof": Jsonb({"where": "a clone", "compared": 9, "differing": 0, "missing": [], "why_not": None}),
}
WATCHED = """
with looked as (
  insert into drift_states (session_id, tenant_id, state, looked_at, full_at, blind)
  select id, tenant_id, 'drift', now(), now(), %(blind)s from build_sessions where id = %(session_id)s)
insert into drift_expectations
  (session_id, tenant_id, version, generation, reason, server_version_num, facts, sha256, baseline)
select id, tenant_id, 1, 1, 'built', 180000, 214, repeat('a', 64), '{}'
  from build_sessions where id = %(session_id)s"""
BLIND = {"what": "cast x", "why": "not modelled"}


def alert(dsn: str, session_id: str, **more: Any) -> str:
    """A row of ``drift_alerts``; its id."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(ALERT, {**VALUES, "session_id": session_id, **more}).fetchone()
    assert row is not None
    return str(row[0])


def watched(dsn: str, session_id: str) -> None:
    """The session was looked at, and is held against 214 facts; :data:`BLIND` could not be seen."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(WATCHED, {"session_id": session_id, "blind": Jsonb([BLIND])})
