"""Views and materialised views."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, OPENING, QUALITY, SERIOUS, Drift

VIEWS = [
    Drift(
        "invoker off",
        "alter view public.my_tasks set (security_invoker = off)",
        "view_security",
        CRITICAL,
        "my_tasks",
    ),
    Drift(
        "invoker reset",
        "alter view public.public_profiles reset (security_invoker)",
        "view_security",
        CRITICAL,
        "public_profiles",
    ),
    Drift(
        "barrier off",
        "alter view public.public_profiles set (security_barrier = off)",
        "view_security",
        SERIOUS,
        "public_profiles",
    ),
    Drift(
        "check option lost",
        "alter view public.draft_titles reset (check_option)",
        "view_*",
        SERIOUS,
        "draft_titles",
    ),
    Drift(
        "view where lost",
        """create or replace view public.my_tasks with (security_invoker = on) as
          select id, title, done, due from public.tasks""",
        "view_*",
        SERIOUS,
        "my_tasks",
    ),
    Drift(
        "view shows more",
        """create or replace view public.public_profiles
          with (security_invoker = on, security_barrier = on) as
          select id, display_name, avatar_url, contact from public.profiles where is_public""",
        "view_*",
        SERIOUS,
        "public_profiles",
    ),
    Drift(
        "definer view where lost",
        """create or replace view reports.totals as
          select org_id, sum(total) + 1 as total from public.invoices group by org_id""",
        "view_*",
        SERIOUS,
        "totals",
    ),
    Drift(
        "replaced without invoker",
        """create or replace view public.open_projects as
          select p.id, p.title, o.name as org from public.projects p join public.orgs o on o.id = p.org_id
          where p.status <> 'archived'""",
        "view_security",
        CRITICAL,
        "open_projects",
    ),
    Drift("view dropped", "drop view public.open_projects", "view_missing", SERIOUS, "open_projects"),
    Drift(
        "new view over users",
        """create view public.users as select id, email from auth.users;
          grant select on public.users to anon""",
        "view_extra",
        CRITICAL,
        "users",
    ),
    Drift(
        "new view",
        "create view public.orgs_view as select id from public.orgs",
        "view_extra",
        SERIOUS,
        "orgs_view",
    ),
    Drift(
        "matview definition",
        """drop materialized view public.org_stats;
          create materialized view public.org_stats as select id, name, 0::bigint as members from public.orgs;
          create unique index org_stats_id on public.org_stats (id); revoke all on public.org_stats from
          service_role""",
        "view_* matview_*",
        SERIOUS,
        "org_stats",
    ),
    Drift(
        "matview dropped",
        "drop materialized view public.org_stats",
        "view_missing matview_missing",
        SERIOUS,
        "org_stats",
    ),
    Drift(
        "new matview",
        """create materialized view public.all_invoices as select * from public.invoices;
          grant select on public.all_invoices to authenticated""",
        "view_extra matview_extra",
        CRITICAL,
        "all_invoices",
    ),
    Drift(
        "view column default",
        "alter view public.draft_titles alter column body set default 'x'",
        "view_* column_*",
        QUALITY,
        "draft_titles",
    ),
    Drift(
        "guard of a definer view lost",
        "create or replace view public.directory as select id, display_name from public.profiles",
        "view_*",
        OPENING,
        "directory",
    ),
    Drift(
        "definer view shows more",
        "create or replace view public.directory as select id, display_name, contact from"
        " public.profiles where is_public",
        "view_*",
        OPENING,
        "directory",
    ),
    Drift(
        "view becomes invoker",
        "alter view public.directory set (security_invoker = on)",
        "view_security",
        QUALITY,
        "directory",
    ),
    Drift("view moved", "alter view public.my_tasks set schema private", "view_missing", SERIOUS, "my_tasks"),
    Drift(
        "view column renamed",
        "alter view public.my_tasks rename column due to until",
        "view_*",
        QUALITY,
        "my_tasks",
    ),
]
