"""Row level security of tables."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, OPENING, QUALITY, SERIOUS, Drift

OFF = "alter table {} disable row level security"

ROWS = [
    Drift("rls off", OFF.format("public.tasks"), "rls_disabled", CRITICAL, "tasks"),
    Drift("rls off, policies keep", OFF.format("public.profiles"), "rls_disabled", CRITICAL, "profiles"),
    Drift(
        "rls off where nobody has a policy",
        OFF.format("public.api_tokens"),
        "rls_disabled",
        OPENING,
        "api_tokens",
    ),
    Drift(
        "rls off a partition", OFF.format("public.audit_log_2026"), "rls_disabled", CRITICAL, "audit_log_2026"
    ),
    Drift(
        "rls off a partition that nobody may read",
        OFF.format("public.audit_log_rest"),
        "rls_disabled",
        OPENING,
        "audit_log_rest",
    ),
    Drift(
        "rls off a partitioned table",
        OFF.format("public.audit_log"),
        "rls_disabled",
        CRITICAL,
        "public audit_log",
    ),
    Drift("rls off an inheritance child", OFF.format("public.trucks"), "rls_disabled", CRITICAL, "trucks"),
    Drift(
        "rls off storage.objects", OFF.format("storage.objects"), "rls_disabled", CRITICAL, "storage objects"
    ),
    Drift(
        "rls off storage.buckets", OFF.format("storage.buckets"), "rls_disabled", CRITICAL, "storage buckets"
    ),
    Drift(
        "rls off realtime.messages",
        OFF.format("realtime.messages"),
        "rls_disabled",
        CRITICAL,
        "realtime messages",
    ),
    Drift("rls off auth.users", OFF.format("auth.users"), "rls_disabled", OPENING, "auth users"),
    Drift(
        "force off",
        "alter table public.documents no force row level security",
        "rls_not_forced",
        OPENING,
        "documents",
    ),
    Drift(
        "force off, second",
        "alter table public.invoices no force row level security",
        "rls_not_forced",
        OPENING,
        "invoices",
    ),
    Drift(
        "new table without rls",
        "create table public.leak (id int, email text); grant select on public.leak to anon",
        "table_extra",
        CRITICAL,
        "leak",
    ),
    Drift(
        "new table without rls, no grant of its own",
        "create table public.plain_leak (id int)",
        "table_extra",
        SERIOUS,
        "plain_leak",
    ),
    Drift(
        "new partition without rls",
        """create table public.audit_log_2027 partition of public.audit_log
          for values from ('2027-01-01') to ('2028-01-01'); grant select on public.audit_log_2027 to
          authenticated""",
        "table_extra",
        OPENING,
        "audit_log_2027",
    ),
    Drift(
        "rls on where it was off",
        "alter table private.secrets enable row level security",
        "rls_* table_*",
        SERIOUS,
        "secrets",
    ),
    Drift(
        "force on", "alter table public.tasks force row level security", "rls_*", QUALITY + " info", "tasks"
    ),
    Drift(
        "new partition with rls and no policy",
        """create table public.audit_log_2028 partition of public.audit_log
          for values from ('2028-01-01') to ('2029-01-01');
          alter table public.audit_log_2028 enable row level security""",
        "table_extra",
        QUALITY,
        "audit_log_2028",
    ),
    Drift(
        "new child without rls",
        """create table public.vans () inherits (public.vehicles);
          grant select on public.vans to authenticated""",
        "table_extra",
        CRITICAL,
        "vans",
    ),
    Drift(
        "new parent above a table",
        """create table public.anything (id uuid not null);
          alter table public.vehicles inherit public.anything; grant select on public.anything to anon""",
        "table_extra",
        CRITICAL,
        "anything",
    ),
]
