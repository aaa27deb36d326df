-- The environment both client libraries are driven against.
create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid(),
  body text not null,
  stars int not null default 0,
  tags jsonb not null default '[]',
  constraint notes_owner_body unique (owner, body)
);
create table public.comments (
  id bigint generated always as identity primary key,
  note_id bigint not null references public.notes (id) on delete cascade,
  body text not null
);
create table public.cities (name text primary key, people int not null);
insert into public.cities values ('Aachen', 10), ('Berlin', 40), ('Celle', 20), ('Dresden', 30);
insert into public.notes (owner, body) values ('00000000-0000-4000-8000-000000000001', 'of somebody else');

alter table public.notes enable row level security;
alter table public.comments enable row level security;
alter table public.cities enable row level security;
create policy own on public.notes for all to authenticated
  using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
create policy of_own on public.comments for all to authenticated
  using (exists (select 1 from public.notes n where n.id = note_id and n.owner = (select auth.uid())))
  with check (exists (select 1 from public.notes n where n.id = note_id and n.owner = (select auth.uid())));
create policy everybody on public.cities for select to anon, authenticated using (true);
grant select, insert, update, delete on public.notes, public.comments, public.cities to service_role;
grant select, insert, update, delete on public.notes, public.comments to authenticated;
grant select on public.cities to anon, authenticated;

create function public.add(a int, b int) returns int
  language sql immutable set search_path = '' as 'select a + b';
create function public.larger_than(size int) returns setof public.cities
  language sql stable set search_path = '' as 'select * from public.cities where people > size';
create function public.whoami() returns text
  language sql stable set search_path = '' as 'select coalesce(auth.uid()::text, auth.role())';
revoke execute on function public.add(int, int), public.larger_than(int), public.whoami() from public;
grant execute on function public.add(int, int), public.larger_than(int) to anon, authenticated, service_role;
grant execute on function public.whoami() to authenticated, service_role;

create policy own_folder on storage.objects for all to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid())::text);
