-- What was set of an environment's services.

-- name: section
select settings from configs where ref = %(ref)s and section = %(section)s;

-- name: put
insert into configs (ref, section, settings) values (%(ref)s, %(section)s, %(settings)s)
on conflict (ref, section) do update set settings = configs.settings || excluded.settings, updated_at = now();

-- name: copy
insert into configs (ref, section, settings)
select %(target)s, section, settings from configs where ref = %(source)s
on conflict (ref, section) do update set settings = excluded.settings, updated_at = now();

-- name: postgres
select name, setting, unit, vartype from pg_settings
where name = any ($1::text[]);

-- name: schema_names
select nspname from pg_namespace where nspname = any ($1::text[]);
