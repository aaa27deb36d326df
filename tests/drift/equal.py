"""Other words for the same: at most an alert that informs."""

from __future__ import annotations

from tests.drift.drift import Harmless

SAME_MEANING = [
    Harmless(
        "operands swapped",
        """alter policy "own drafts" on public.drafts using ((select auth.uid()) = owner_id)
        with check ((select auth.uid()) = owner_id)""",
    ),
    Harmless(
        "arms of an or swapped",
        """alter policy "owner or shared" on public.documents
        using ((shared and private.is_org_member(org_id)) or owner_id = (select auth.uid()))""",
    ),
    Harmless(
        "arms of an and swapped",
        """alter policy "owner all" on public.tasks
        using (private.is_org_member(org_id) and owner_id = (select auth.uid()))
        with check (private.is_org_member(org_id) and (select auth.uid()) = owner_id)""",
    ),
    Harmless(
        "alias renamed",
        """alter policy "members read tasks" on public.tasks using (exists (select 1 from
        public.memberships mm
        where mm.org_id = tasks.org_id and mm.user_id = (select auth.uid())))""",
    ),
    Harmless(
        "alias and arms of a sub-select",
        """alter policy "members read tasks" on public.tasks using (exists (select true from
        public.memberships x
        where (select auth.uid()) = x.user_id and tasks.org_id = x.org_id))""",
    ),
    Harmless(
        "one list of one",
        """alter policy "avatars are public" on storage.objects using (bucket_id in ('avatars'))""",
    ),
    Harmless(
        "alias of a list",
        """alter policy "author or reader" on public.comments using (author_id = (select auth.uid())
        or document_id in (select docs.id from public.documents docs where docs.owner_id = (select
        auth.uid())))""",
    ),
    Harmless(
        "double negation",
        """alter policy "own vehicles" on public.vehicles using (not (owner_id <> (select auth.uid())))""",
    ),
    Harmless(
        "said twice",
        """alter policy "own trucks" on public.trucks
        using (owner_id = (select auth.uid()) and owner_id = (select auth.uid()))""",
    ),
    Harmless(
        "and true",
        """alter policy "own trucks" on public.trucks using (owner_id = (select auth.uid()) and true)""",
    ),
    Harmless(
        "check spelled out",
        """alter policy "multi factor" on public.invoices with check (((select auth.jwt()) ->> 'aal') =
        'aal2')""",
    ),
    Harmless(
        "white space and comments of a body",
        """create or replace function private.is_org_member(target uuid) returns boolean
        language sql stable security definer set search_path = '' as $$
        -- Whoever belongs to it.
        select exists (
          select 1 from public.memberships m
          where m.org_id = target and m.user_id = (select auth.uid())
        );
        $$""",
    ),
    Harmless(
        "comment of a plpgsql body gone",
        """create or replace function private.is_org_admin(target uuid) returns boolean
        language plpgsql stable security definer set search_path = '' as $$
        begin
          return exists (
            select 1 from public.memberships m
            where m.org_id = target and m.user_id = auth.uid() and m.role in ('admin', 'owner')
          );
        end
        $$""",
    ),
    Harmless(
        "view with another alias",
        """create or replace view public.open_projects with (security_invoker = on) as
        select q.id, q.title, o.name as org from public.projects q join public.orgs o on o.id = q.org_id
        where q.status <> 'archived'""",
    ),
]
