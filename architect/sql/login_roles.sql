-- Temporary database logins.

-- name: of_project
select rolname from pg_roles where starts_with(rolname, %(prefix)s);

-- name: expired
select rolname from pg_roles where starts_with(rolname, %(prefix)s) and rolvaliduntil < now();

-- name: end_sessions
select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %(role)s;
