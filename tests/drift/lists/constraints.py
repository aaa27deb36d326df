"""Constraints and domains."""

from __future__ import annotations

from tests.drift.drift import OPENING, QUALITY, SERIOUS, Drift

CONSTRAINTS = [
    Drift(
        "foreign key dropped",
        "alter table public.tasks drop constraint tasks_project_id_fkey",
        "constraint_*",
        OPENING,
        "tasks_project_id_fkey",
    ),
    Drift(
        "foreign key action",
        """alter table public.projects drop constraint projects_org_id_fkey,
          add constraint projects_org_id_fkey foreign key (org_id) references public.orgs on delete set
          null""",
        "constraint_*",
        SERIOUS,
        "projects_org_id_fkey",
    ),
    Drift(
        "foreign key not validated",
        """alter table public.projects drop constraint projects_org_id_fkey,
          add constraint projects_org_id_fkey foreign key (org_id) references public.orgs on delete cascade
          not valid""",
        "constraint_*",
        SERIOUS + " low",
        "projects_org_id_fkey",
    ),
    Drift(
        "foreign key deferrable",
        "alter table public.tasks alter constraint tasks_project_id_fkey deferrable",
        "constraint_*",
        QUALITY,
        "tasks_project_id_fkey",
    ),
    Drift(
        "check dropped",
        "alter table public.invoices drop constraint invoices_total_check",
        "constraint_*",
        OPENING,
        "invoices_total_check",
    ),
    Drift(
        "check weakened",
        """alter table public.memberships drop constraint memberships_role_check,
          add constraint memberships_role_check check (role in ('member', 'admin', 'owner', 'root'))""",
        "constraint_*",
        SERIOUS,
        "memberships_role_check",
    ),
    Drift(
        "check added",
        "alter table public.orgs add constraint short check (length(name) < 10)",
        "constraint_*",
        QUALITY,
        "short",
    ),
    Drift(
        "unique dropped",
        "alter table public.orgs drop constraint orgs_slug_key",
        "constraint_*",
        OPENING,
        "orgs_slug_key",
    ),
    Drift(
        "primary key dropped",
        "alter table public.api_tokens drop constraint api_tokens_pkey",
        "constraint_*",
        OPENING,
        "api_tokens_pkey",
    ),
    Drift(
        "exclusion dropped",
        "alter table public.invoices drop constraint invoices_number_excl",
        "constraint_*",
        OPENING,
        "invoices_number_excl",
    ),
    Drift(
        "constraint renamed",
        "alter table public.projects rename constraint dates_in_order to dates",
        "constraint_*",
        SERIOUS + " low info",
        "dates_in_order",
    ),
    Drift(
        "foreign key not enforced",
        "alter table public.tasks alter constraint tasks_project_id_fkey not enforced",
        "constraint_*",
        SERIOUS,
        "tasks_project_id_fkey",
        since=180000,
    ),
    Drift(
        "domain check dropped",
        "alter domain public.email drop constraint email_shape",
        "domain_* type_*",
        SERIOUS,
        "email",
    ),
    Drift(
        "domain check added",
        "alter domain public.positive add constraint small check (value < 100)",
        "domain_* type_*",
        QUALITY,
        "positive",
    ),
    Drift(
        "domain nullable",
        "alter domain public.positive drop not null",
        "domain_* type_*",
        SERIOUS,
        "positive",
    ),
    Drift(
        "domain default", "alter domain public.positive set default 2", "domain_* type_*", QUALITY, "positive"
    ),
]
