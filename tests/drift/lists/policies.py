"""Policies."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, OPENING, SERIOUS, Drift

POLICIES = [
    Drift(
        "using true",
        'alter policy "owner all" on public.tasks using (true)',
        "policy_weakened",
        CRITICAL,
        "policy owner all tasks",
    ),
    Drift(
        "using true over a sub-select",
        'alter policy "members read tasks" on public.tasks using (true)',
        "policy_weakened",
        CRITICAL,
        "members read tasks",
    ),
    Drift(
        "lost conjunct",
        """alter policy "owner all" on public.tasks using (owner_id = (select auth.uid()))
          with check (owner_id = (select auth.uid()))""",
        "policy_weakened",
        CRITICAL,
        "owner all tasks",
    ),
    Drift(
        "lost conjunct of an update",
        """alter policy "owner writes" on public.documents
          using (owner_id = (select auth.uid()))""",
        "policy_weakened",
        CRITICAL,
        "owner writes",
    ),
    Drift(
        "added disjunct",
        """alter policy "own profile" on public.profiles
          using (id = (select auth.uid()) or is_public)""",
        "policy_weakened",
        CRITICAL,
        "own profile",
    ),
    Drift(
        "uid is null opens",
        """alter policy "own drafts" on public.drafts
          using (owner_id = (select auth.uid()) or (select auth.uid()) is null)""",
        "policy_weakened",
        CRITICAL,
        "own drafts",
    ),
    Drift(
        "or true",
        """alter policy "own drafts" on public.drafts
          using (owner_id = (select auth.uid()) or 1 = 1)""",
        "policy_weakened",
        CRITICAL,
        "own drafts",
    ),
    Drift(
        "not null instead of equal",
        """alter policy "own drafts" on public.drafts
          using (owner_id is not null)""",
        "policy_weakened",
        CRITICAL,
        "own drafts",
    ),
    Drift(
        "check true",
        'alter policy "author writes" on public.comments with check (true)',
        "policy_weakened",
        CRITICAL,
        "author writes",
    ),
    Drift(
        "check lost",
        """drop policy "own drafts" on public.drafts;
          create policy "own drafts" on public.drafts for all to authenticated
          using (owner_id = (select auth.uid())) with check (owner_id is not null)""",
        "policy_weakened",
        CRITICAL,
        "own drafts",
    ),
    Drift(
        "spoofed sender",
        'alter policy "sender sends" on public.messages with check (receiver_id is not null)',
        "policy_weakened",
        CRITICAL,
        "sender sends",
    ),
    Drift(
        "other column",
        'alter policy "own trucks" on public.trucks using (id = (select auth.uid()))',
        "policy_*",
        OPENING,
        "own trucks",
    ),
    Drift(
        "other literal",
        """alter policy "avatars are public" on storage.objects
          using (bucket_id = 'documents')""",
        "policy_weakened policy_changed",
        CRITICAL,
        "avatars are public",
    ),
    Drift(
        "other comparison",
        """alter policy "not archived" on public.documents
          using (status = 'archived' or owner_id = (select auth.uid()))""",
        "policy_*",
        OPENING,
        "not archived",
    ),
    Drift(
        "or for and",
        """alter policy "owner all" on public.tasks
          using (owner_id = (select auth.uid()) or private.is_org_member(org_id))""",
        "policy_weakened",
        CRITICAL,
        "owner all tasks",
    ),
    Drift(
        "caller not bound",
        """alter policy "members read tasks" on public.tasks
          using (exists (select 1 from public.memberships m where m.org_id = tasks.org_id))""",
        "policy_weakened",
        CRITICAL,
        "members read tasks",
    ),
    Drift(
        "organisation not bound",
        """alter policy "members read tasks" on public.tasks
          using (exists (select 1 from public.memberships m where m.user_id = (select auth.uid())))""",
        "policy_weakened",
        CRITICAL,
        "members read tasks",
    ),
    Drift(
        "org bound to itself",
        """alter policy "members read tasks" on public.tasks using (exists (select 1
          from public.memberships m where m.org_id = m.org_id and m.user_id = (select auth.uid())))""",
        "policy_weakened",
        CRITICAL,
        "members read tasks",
    ),
    Drift(
        "user metadata trusted",
        """alter policy "admins read invoices" on public.invoices
          using ((auth.jwt() -> 'user_metadata' ->> 'is_admin')::boolean)""",
        "policy_weakened",
        CRITICAL,
        "admins read invoices",
    ),
    Drift(
        "weaker helper",
        'alter policy "admins read invoices" on public.invoices using (private.is_org_member(org_id))',
        "policy_weakened",
        CRITICAL,
        "admins read invoices",
    ),
    Drift(
        "roles widened to everybody",
        'alter policy "owner or shared" on public.documents to public',
        "policy_weakened",
        CRITICAL,
        "owner or shared",
    ),
    Drift(
        "roles widened to anon",
        'alter policy "public or own profile" on public.profiles to authenticated, anon',
        "policy_weakened",
        CRITICAL,
        "public or own profile",
    ),
    Drift(
        "roles narrowed",
        'alter policy "everybody reads" on public.countries to authenticated',
        "policy_strengthened",
        SERIOUS,
        "everybody reads",
    ),
    Drift(
        "stronger",
        """alter policy "owner or shared" on public.documents
          using (owner_id = (select auth.uid()))""",
        "policy_strengthened",
        SERIOUS,
        "owner or shared",
    ),
    Drift(
        "outage",
        'alter policy "members read orgs" on public.orgs using (false)',
        "policy_strengthened",
        SERIOUS,
        "members read orgs",
    ),
    Drift(
        "other command",
        """drop policy "author writes" on public.comments;
          create policy "author writes" on public.comments for all to authenticated
          using (author_id = (select auth.uid())) with check (author_id = (select auth.uid()))""",
        "policy_weakened policy_changed",
        CRITICAL,
        "author writes",
    ),
    Drift(
        "select becomes all",
        """drop policy "everybody reads" on public.countries;
          create policy "everybody reads" on public.countries for all to anon, authenticated using (true)""",
        "policy_weakened",
        CRITICAL,
        "everybody reads",
    ),
    Drift(
        "policy dropped",
        'drop policy "own memberships" on public.memberships',
        "policy_missing",
        CRITICAL,
        "own memberships",
    ),
    Drift(
        "policy dropped, write",
        'drop policy "owner inserts" on public.documents',
        "policy_missing",
        CRITICAL,
        "owner inserts",
    ),
    Drift(
        "policy dropped on a partition",
        'drop policy "admins read audit" on public.audit_log_2026',
        "policy_missing",
        CRITICAL,
        "audit_log_2026",
    ),
    Drift(
        "policy dropped on storage",
        'drop policy "own folder read" on storage.objects',
        "policy_missing",
        CRITICAL,
        "own folder read",
    ),
    Drift(
        "policy dropped on realtime",
        'drop policy "members listen" on realtime.messages',
        "policy_missing",
        CRITICAL,
        "members listen",
    ),
    Drift(
        "restrictive dropped",
        'drop policy "not archived" on public.documents',
        "policy_missing",
        CRITICAL,
        "not archived",
    ),
    Drift(
        "second factor dropped",
        'drop policy "multi factor" on public.invoices',
        "policy_missing",
        CRITICAL,
        "multi factor",
    ),
    Drift(
        "restrictive becomes permissive",
        """drop policy "multi factor" on public.invoices;
          create policy "multi factor" on public.invoices for all to authenticated
          using (((select auth.jwt()) ->> 'aal') = 'aal2')""",
        "policy_weakened",
        CRITICAL,
        "multi factor",
    ),
    Drift(
        "restrictive widened",
        """alter policy "multi factor" on public.invoices
          using (((select auth.jwt()) ->> 'aal') in ('aal1', 'aal2'))""",
        "policy_weakened",
        CRITICAL,
        "multi factor",
    ),
    Drift(
        "restrictive for fewer roles",
        'alter policy "not archived" on public.documents to anon',
        "policy_weakened",
        CRITICAL,
        "not archived",
    ),
    Drift(
        "permissive becomes restrictive",
        """drop policy "members read orgs" on public.orgs;
          create policy "members read orgs" on public.orgs as restrictive for select to authenticated
          using (private.is_org_member(id))""",
        "policy_strengthened",
        SERIOUS,
        "members read orgs",
    ),
    Drift(
        "permissive added",
        """create policy "debug" on public.invoices for select to authenticated using (true)""",
        "policy_extra",
        CRITICAL,
        "debug",
    ),
    Drift(
        "permissive added for anon",
        """create policy "temp" on public.messages for select to anon using (true)""",
        "policy_extra",
        CRITICAL,
        "temp",
    ),
    Drift(
        "permissive added, harmless words",
        """create policy "helpers" on public.tasks for delete to authenticated
          using (private.is_org_member(org_id))""",
        "policy_extra",
        CRITICAL,
        "helpers",
    ),
    Drift(
        "permissive added on storage",
        """create policy "anyone" on storage.objects for insert to anon
          with check (bucket_id = 'documents')""",
        "policy_extra",
        CRITICAL,
        "anyone",
    ),
    Drift(
        "permissive added on realtime",
        """create policy "anyone" on realtime.messages for select to authenticated
          using (true)""",
        "policy_extra",
        CRITICAL,
        "realtime anyone",
    ),
    Drift(
        "listing of a public bucket",
        """create policy "list" on storage.buckets for select to anon using (true)""",
        "policy_extra",
        CRITICAL,
        "storage buckets list",
    ),
    Drift(
        "restrictive added",
        """create policy "closed" on public.orgs as restrictive for all to authenticated
          using (false)""",
        "policy_extra policy_strengthened",
        SERIOUS,
        "closed",
    ),
    Drift(
        "storage folder not checked",
        """alter policy "own folder read" on storage.objects
          using (bucket_id = 'documents')""",
        "policy_weakened",
        CRITICAL,
        "own folder read",
    ),
    Drift(
        "storage any bucket",
        """alter policy "own folder write" on storage.objects
          with check ((storage.foldername(name))[1] = (select auth.uid())::text)""",
        "policy_weakened",
        CRITICAL,
        "own folder write",
    ),
    Drift(
        "realtime topic open",
        """alter policy "members listen" on realtime.messages using (topic like 'user:%')""",
        "policy_weakened",
        CRITICAL,
        "members listen",
    ),
    Drift(
        "policy renamed",
        'alter policy "own vehicles" on public.vehicles rename to "their vehicles"',
        "policy_*",
        "critical high medium low info",
        "vehicles",
    ),
    Drift(
        "initplan lost",
        """alter policy "own drafts" on public.drafts using (owner_id = auth.uid())
          with check (owner_id = auth.uid())""",
        "policy_perf",
        "medium low",
        "own drafts",
    ),
    Drift(
        "initplan lost in a sub-select",
        """alter policy "own memberships" on public.memberships
          using (user_id = auth.uid())""",
        "policy_perf",
        "medium low",
        "own memberships",
    ),
    Drift(
        "negated",
        """alter policy "own vehicles" on public.vehicles using (owner_id <> (select auth.uid()))""",
        "policy_weakened policy_changed",
        CRITICAL,
        "own vehicles",
    ),
    Drift(
        "case opens",
        """alter policy "own vehicles" on public.vehicles
          using (case when plate = 'X' then true else owner_id = (select auth.uid()) end)""",
        "policy_weakened policy_changed",
        CRITICAL,
        "own vehicles",
    ),
    Drift(
        "coalesce opens",
        """alter policy "own vehicles" on public.vehicles
          using (coalesce(owner_id = (select auth.uid()), true))""",
        "policy_weakened policy_changed",
        CRITICAL,
        "own vehicles",
    ),
    Drift(
        "shadowed helper",
        """create function public.is_org_admin(target uuid) returns boolean language sql as
          'select true'; alter policy "admins delete projects" on public.projects using
          (public.is_org_admin(org_id))""",
        "policy_weakened policy_changed",
        CRITICAL,
        "admins delete projects",
    ),
    Drift(
        "check of an update",
        """alter policy "own profile" on public.profiles with check (true)""",
        "policy_weakened",
        CRITICAL,
        "own profile",
    ),
    Drift(
        "policy for the service role only",
        'alter policy "sender or receiver" on public.messages to service_role',
        "policy_*",
        SERIOUS,
        "sender or receiver",
    ),
    Drift(
        "every storage policy dropped",
        """drop policy "own folder read" on storage.objects;
          drop policy "own folder write" on storage.objects; drop policy "avatars are public" on
          storage.objects""",
        "policy_missing",
        CRITICAL,
        "own folder write",
    ),
    Drift(
        "a longer time",
        """alter policy "sender or receiver" on public.messages
          using ((select auth.uid()) in (sender_id, receiver_id) or sent_at < now() - interval '10 years')""",
        "policy_weakened",
        CRITICAL,
        "sender or receiver",
    ),
    Drift(
        "other argument of a helper",
        """alter policy "admins read invoices" on public.invoices
          using (private.is_org_admin(id))""",
        "policy_weakened policy_changed",
        CRITICAL,
        "admins read invoices",
    ),
    Drift(
        "in becomes not in",
        """alter policy "members read projects" on public.projects
          using (org_id not in (select private.my_orgs()))""",
        "policy_weakened policy_changed",
        CRITICAL,
        "members read projects",
    ),
    Drift(
        "and true by a cast",
        """alter policy "own trucks" on public.trucks
          using (owner_id::text = (select auth.uid())::text or axles > 3)""",
        "policy_weakened",
        CRITICAL,
        "own trucks",
    ),
]
