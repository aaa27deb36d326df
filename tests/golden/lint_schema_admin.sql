-- What only a superuser may make; runs before lint_schema.sql.
create extension file_fdw;
create server files foreign data wrapper file_fdw;
create foreign table public.foreign_one (a text) server files options (filename '/dev/null');
grant select on public.foreign_one to anon;
grant references on auth.users to postgres;
drop extension citext;
create extension citext schema extensions version '1.4';
