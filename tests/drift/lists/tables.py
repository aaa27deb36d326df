"""Tables and schemas."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, MINOR, OPENING, QUALITY, SERIOUS, Drift

TABLES = [
    Drift(
        "table dropped",
        "drop table public.drafts cascade",
        "table_missing",
        CRITICAL,
        "drafts",
    ),
    Drift(
        "table dropped with dependants",
        "drop table public.memberships cascade",
        "table_missing",
        CRITICAL,
        "memberships",
    ),
    Drift(
        "partition dropped",
        "drop table public.audit_log_2026",
        "table_missing",
        CRITICAL,
        "audit_log_2026",
    ),
    Drift(
        "partition detached",
        "alter table public.audit_log detach partition public.audit_log_2026",
        "table_*",
        SERIOUS,
        "audit_log_2026",
    ),
    Drift(
        "inheritance gone",
        "alter table public.trucks no inherit public.vehicles",
        "table_*",
        SERIOUS,
        "trucks",
    ),
    Drift(
        "table renamed",
        "alter table public.comments rename to remarks",
        "table_missing",
        CRITICAL,
        "comments",
    ),
    Drift(
        "table moved",
        "alter table public.api_tokens set schema private",
        "table_missing",
        CRITICAL,
        "api_tokens",
    ),
    Drift("logged becomes unlogged", "alter table public.drafts set unlogged", "table_*", SERIOUS, "drafts"),
    Drift(
        "replica identity",
        "alter table public.messages replica identity default",
        "table_* replica_identity*",
        QUALITY,
        "messages",
    ),
    Drift("storage option", "alter table public.tasks set (fillfactor = 50)", "table_*", MINOR, "tasks"),
    Drift(
        "autovacuum off",
        "alter table public.messages set (autovacuum_enabled = off)",
        "table_*",
        QUALITY + " info",
        "messages",
    ),
    Drift(
        "new guarded table",
        """create table public.extra (id int primary key);
          alter table public.extra enable row level security""",
        "table_extra",
        QUALITY,
        "extra",
    ),
    Drift(
        "new foreign table",
        """create foreign table public.sales_copy (id bigint) server warehouse
          options (table_name 'sales'); grant select on public.sales_copy to authenticated""",
        "table_extra",
        OPENING,
        "sales_copy",
    ),
    Drift(
        "foreign table dropped",
        "drop foreign table reports.sales",
        "table_missing",
        SERIOUS + " critical",
        "sales",
    ),
    Drift(
        "foreign table elsewhere",
        "alter foreign table reports.sales options (set table_name 'other')",
        "table_* other_* foreign_*",
        SERIOUS,
        "sales",
    ),
    Drift("schema dropped", "drop schema reports cascade", "schema_missing", SERIOUS, "reports"),
    Drift(
        "new schema",
        "create schema shadow; grant usage on schema shadow to anon",
        "schema_extra",
        SERIOUS + " low",
        "shadow",
    ),
    Drift("schema renamed", "alter schema private rename to hidden", "schema_missing", OPENING, "private"),
    Drift(
        "private table without rls",
        "create table private.notes (id int)",
        "table_extra",
        SERIOUS + " low",
        "notes",
    ),
]
