"""Publications."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, OPENING, QUALITY, SERIOUS, Drift

PUBLICATIONS = [
    Drift(
        "table published",
        "alter publication supabase_realtime add table public.invoices",
        "publication_*",
        OPENING,
        "invoices",
    ),
    Drift(
        "unguarded table published",
        "alter publication supabase_realtime add table private.secrets",
        "publication_*",
        CRITICAL,
        "secrets",
    ),
    Drift(
        "table no longer published",
        "alter publication supabase_realtime drop table public.messages",
        "publication_*",
        QUALITY,
        "messages",
    ),
    Drift(
        "column list widened",
        """alter publication supabase_realtime set table public.messages, public.projects,
          public.comments where (id > 0)""",
        "publication_*",
        OPENING + " medium",
        "projects",
    ),
    Drift(
        "column list narrowed",
        """alter publication supabase_realtime set table public.messages,
          public.projects (id, org_id), public.comments where (id > 0)""",
        "publication_*",
        QUALITY,
        "projects",
    ),
    Drift(
        "row filter lost",
        """alter publication supabase_realtime set table public.messages,
          public.projects (id, org_id, title), public.comments""",
        "publication_*",
        OPENING + " medium",
        "comments",
    ),
    Drift(
        "row filter changed",
        """alter publication supabase_realtime set table public.messages,
          public.projects (id, org_id, title), public.comments where (id > 5)""",
        "publication_*",
        QUALITY + " critical",
        "comments",
    ),
    Drift(
        "operations",
        "alter publication changes set (publish = 'insert, update, delete, truncate')",
        "publication_*",
        QUALITY,
        "changes",
    ),
    Drift(
        "operations lost",
        "alter publication changes set (publish = 'insert')",
        "publication_*",
        QUALITY,
        "changes",
    ),
    Drift(
        "publication dropped",
        "drop publication supabase_realtime",
        "publication_missing",
        SERIOUS,
        "supabase_realtime",
    ),
    Drift(
        "everything published",
        "create publication everything for all tables",
        "publication_*",
        OPENING,
        "everything",
    ),
    Drift(
        "schema published",
        "create publication secret_stuff for tables in schema private",
        "publication_*",
        OPENING,
        "secret_stuff",
    ),
    Drift(
        "via root",
        "alter publication changes set (publish_via_partition_root = true)",
        "publication_*",
        QUALITY + " info",
        "changes",
    ),
    Drift(
        "publication renamed",
        "alter publication changes rename to updates",
        "publication_*",
        SERIOUS,
        "changes",
    ),
]
