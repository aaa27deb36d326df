"""Indexes and statistics."""

from __future__ import annotations

from tests.drift.drift import LOW, MINOR, QUALITY, Drift

INDEXES = [
    Drift("index dropped", "drop index public.tasks_owner_idx", "index_missing", LOW, "tasks_owner_idx"),
    Drift(
        "index of a policy column dropped",
        "drop index public.memberships_user_idx",
        "index_missing",
        LOW,
        "memberships_user_idx",
    ),
    Drift(
        "index predicate",
        """drop index public.projects_live_idx; create index projects_live_idx
          on public.projects (org_id, status)""",
        "index_*",
        LOW,
        "projects_live_idx",
    ),
    Drift(
        "index columns",
        """drop index public.projects_org_idx; create index projects_org_idx
          on public.projects (title)""",
        "index_*",
        LOW,
        "projects_org_idx",
    ),
    Drift("unique index dropped", "drop index public.org_stats_id", "index_missing", QUALITY, "org_stats_id"),
    Drift(
        "index invalid",
        """update pg_index set indisvalid = false
          where indexrelid = 'public.tasks_owner_idx'::regclass""",
        "index_*",
        LOW,
        "tasks_owner_idx",
    ),
    Drift(
        "index not ready",
        """update pg_index set indisready = false, indisvalid = false
          where indexrelid = 'public.projects_org_idx'::regclass""",
        "index_*",
        LOW,
        "projects_org_idx",
    ),
    Drift(
        "index added",
        "create index extra_idx on public.messages (sent_at)",
        "index_extra",
        MINOR,
        "extra_idx",
    ),
    Drift(
        "statistics dropped", "drop statistics public.projects_stats", "statistics_*", LOW, "projects_stats"
    ),
    Drift(
        "statistics added",
        "create statistics public.more on done, points from public.tasks",
        "statistics_*",
        MINOR,
        "more",
    ),
    Drift(
        "statistics changed",
        """drop statistics public.projects_stats; create statistics public.projects_stats
          (ndistinct) on org_id, status from public.projects""",
        "statistics_*",
        LOW,
        "projects_stats",
    ),
    Drift(
        "index renamed", "alter index public.tasks_owner_idx rename to tasks_idx", "index_*", MINOR, "tasks_"
    ),
    Drift(
        "unique index added",
        "create unique index one_title on public.documents (title)",
        "index_extra",
        QUALITY,
        "one_title",
    ),
]
