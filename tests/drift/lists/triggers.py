"""Triggers, event triggers and rules."""

from __future__ import annotations

from tests.drift.drift import OPENING, QUALITY, SERIOUS, Drift

TRIGGERS = [
    Drift(
        "trigger disabled",
        "alter table public.tasks disable trigger trim_title",
        "trigger_*",
        OPENING + " medium",
        "trim_title",
    ),
    Drift(
        "audit disabled",
        "alter table public.projects disable trigger audit_projects",
        "trigger_*",
        OPENING,
        "audit_projects",
    ),
    Drift(
        "fk triggers disabled",
        "alter table public.tasks disable trigger all",
        "trigger_* constraint_*",
        OPENING,
        "tasks",
    ),
    Drift(
        "fk triggers disabled, the other end",
        "alter table public.orgs disable trigger all",
        "trigger_* constraint_*",
        OPENING,
        "orgs",
    ),
    Drift(
        "trigger for replicas only",
        "alter table public.projects enable replica trigger audit_projects",
        "trigger_*",
        OPENING,
        "audit_projects",
    ),
    Drift(
        "trigger always",
        "alter table public.tasks enable always trigger trim_title",
        "trigger_*",
        QUALITY,
        "trim_title",
    ),
    Drift(
        "trigger dropped",
        "drop trigger audit_projects on public.projects",
        "trigger_missing",
        OPENING,
        "audit_projects",
    ),
    Drift(
        "auth trigger dropped",
        "drop trigger on_user_created on auth.users",
        "trigger_missing",
        OPENING,
        "on_user_created",
    ),
    Drift(
        "trigger on fewer events",
        """drop trigger trim_title on public.tasks; create trigger trim_title
          before insert on public.tasks for each row execute function public.touch()""",
        "trigger_*",
        SERIOUS,
        "trim_title",
    ),
    Drift(
        "trigger when added",
        """create or replace trigger trim_title before insert or update on public.tasks
          for each row when (new.done) execute function public.touch()""",
        "trigger_*",
        SERIOUS,
        "trim_title",
    ),
    Drift(
        "new trigger",
        """create function private.copy_out() returns trigger language plpgsql security definer as
          $$ begin perform 1; return new; end $$; create trigger copy_out after insert on public.messages
          for each row execute function private.copy_out()""",
        "trigger_extra",
        SERIOUS,
        "copy_out",
    ),
    Drift(
        "constraint trigger timing",
        """drop trigger audit_invoices on public.invoices; create constraint trigger
          audit_invoices after update on public.invoices not deferrable
          for each row execute function private.write_audit()""",
        "trigger_*",
        QUALITY,
        "audit_invoices",
    ),
    Drift(
        "event trigger disabled",
        "alter event trigger guard_ddl disable",
        "event_trigger_*",
        OPENING,
        "guard_ddl",
    ),
    Drift("event trigger dropped", "drop event trigger guard_ddl", "event_trigger_*", OPENING, "guard_ddl"),
    Drift(
        "event trigger for less",
        """drop event trigger guard_ddl; create event trigger guard_ddl on ddl_command_end
          when tag in ('CREATE TABLE') execute function private.guard_ddl()""",
        "event_trigger_*",
        SERIOUS,
        "guard_ddl",
    ),
    Drift(
        "new event trigger",
        """create event trigger snoop on ddl_command_start
          execute function private.guard_ddl()""",
        "event_trigger_*",
        SERIOUS,
        "snoop",
    ),
    Drift(
        "rule dropped", "drop rule countries_keep on public.countries", "rule_*", SERIOUS, "countries_keep"
    ),
    Drift(
        "rule added",
        """create rule hush as on insert to public.comments do instead nothing""",
        "rule_*",
        SERIOUS,
        "hush",
    ),
    Drift(
        "rule leaks",
        """create rule copy as on insert to public.messages do also
          insert into private.cache values (new.id::text, to_jsonb(new.body))""",
        "rule_*",
        SERIOUS,
        "copy",
    ),
    Drift(
        "rule changed",
        """create or replace rule countries_keep as on delete to public.countries
          where old.code = 'CH' do instead nothing""",
        "rule_*",
        SERIOUS,
        "countries_keep",
    ),
    Drift(
        "rule disabled",
        "alter table public.countries disable rule countries_keep",
        "rule_*",
        SERIOUS,
        "countries_keep",
    ),
    Drift(
        "trigger renamed",
        "alter trigger audit_projects on public.projects rename to zz_audit",
        "trigger_*",
        QUALITY + " info",
        "projects audit",
    ),
]
