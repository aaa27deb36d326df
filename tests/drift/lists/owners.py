"""Owners."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, OPENING, QUALITY, Drift

OWNERS = [
    Drift(
        "owner is authenticated",
        "alter table public.tasks owner to authenticated",
        "owner_changed",
        CRITICAL,
        "tasks",
    ),
    Drift(
        "owner is anon", "alter table public.countries owner to anon", "owner_changed", CRITICAL, "countries"
    ),
    Drift(
        "owner is authenticated, forced table",
        "alter table public.invoices owner to authenticated",
        "owner_changed",
        CRITICAL,
        "invoices",
    ),
    Drift(
        "owner is somebody else",
        "alter table public.projects owner to app_owner",
        "owner_changed",
        QUALITY,
        "projects",
    ),
    Drift(
        "schema owner is authenticated",
        "alter schema private owner to authenticated",
        "owner_changed",
        CRITICAL,
        "private",
    ),
    Drift(
        "function owner is authenticated",
        "alter function private.is_org_admin(uuid) owner to authenticated",
        "owner_changed helper_changed function_security",
        CRITICAL,
        "is_org_admin",
    ),
    Drift(
        "definer function owner",
        "alter function public.invite(uuid, uuid) owner to app_owner",
        "owner_changed helper_changed function_security",
        QUALITY,
        "invite",
    ),
    Drift(
        "view owner",
        "alter view reports.totals owner to app_owner",
        "owner_changed view_security",
        QUALITY,
        "totals",
    ),
    Drift(
        "view owner is authenticated",
        "alter view public.my_tasks owner to authenticated",
        "owner_changed view_security",
        OPENING,
        "my_tasks",
    ),
    Drift(
        "sequence owner",
        "alter sequence public.invoice_numbers owner to authenticated",
        "owner_changed",
        OPENING,
        "invoice_numbers",
    ),
    Drift(
        "type owner",
        "alter type public.item_status owner to authenticated",
        "owner_changed",
        OPENING,
        "item_status",
    ),
    Drift(
        "publication owner",
        "alter publication changes owner to app_owner",
        "owner_changed publication_*",
        QUALITY,
        "changes",
    ),
]
