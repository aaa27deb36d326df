-- A generated database: organisations, who belongs to them, and many tables of theirs, each with five policies.

-- name: frame
do $$ begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
    create role authenticator login noinherit;
    grant anon, authenticated, service_role to authenticator;
  end if;
end $$;
create schema auth;
create schema private;
grant usage on schema public, auth to anon, authenticated, service_role;
grant usage on schema private to authenticated;
create function auth.uid() returns uuid language sql stable as
  $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.memberships (
  org_id uuid not null references public.orgs on delete cascade, user_id uuid not null,
  role text not null default 'member', primary key (org_id, user_id));
create function private.is_member(target uuid) returns boolean
  language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.memberships m where m.org_id = target and m.user_id = (select auth.uid()))
$$;
create function private.stamp() returns trigger language plpgsql as
  $$ begin new.updated_at = now(); return new; end $$;
alter table public.orgs enable row level security;
alter table public.memberships enable row level security;
create policy "members read" on public.orgs for select to authenticated using (private.is_member(id));
create policy "own" on public.memberships for select to authenticated using (user_id = (select auth.uid()))

-- name: tables
do $$
declare
  n text;
begin
  for n in select format('item_%s', i) from generate_series(/*first*/, /*last*/) i loop
    execute format(
      'create table public.%1$I (
         id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs on delete cascade,
         owner_id uuid not null default auth.uid(), title text not null, status text not null default ''draft'',
         amount numeric(12, 2), updated_at timestamptz default now(),
         constraint %2$I check (status in (''draft'', ''live'')));
       create index %3$I on public.%1$I (org_id);
       create trigger stamp before update on public.%1$I for each row execute function private.stamp();
       alter table public.%1$I enable row level security;
       create policy "members read" on public.%1$I for select to authenticated using (private.is_member(org_id));
       create policy "owner adds" on public.%1$I for insert to authenticated
         with check (owner_id = (select auth.uid()) and private.is_member(org_id));
       create policy "owner changes" on public.%1$I for update to authenticated
         using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
       create policy "owner deletes" on public.%1$I for delete to authenticated
         using (owner_id = (select auth.uid()) and status = ''draft'');
       create policy "members only" on public.%1$I as restrictive for all to authenticated
         using (private.is_member(org_id));
       grant select, insert, update, delete on public.%1$I to authenticated, service_role',
      n, n || '_status', n || '_org');
  end loop;
end $$

-- name: opened
do $$
declare
  n text;
begin
  for n in select format('item_%s', i) from generate_series(1, /*last*/) i loop
    execute format('alter policy "owner changes" on public.%1$I using (true) with check (true)', n);
  end loop;
end $$
