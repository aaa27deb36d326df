-- Edge functions in the embedded platform's store. The digest is that of the files: their paths and contents.

-- name: listed
select f.*, d.digest
from functions f
left join lateral (
  select encode(sha256(string_agg(sha256(convert_to(p.path, 'utf8')) || sha256(p.content), '' order by p.path collate "C")),
                'hex') as digest
  from function_files p where p.ref = f.ref and p.slug = f.slug
) d on true
where f.ref = %(ref)s and (%(slug)s::text is null or f.slug = %(slug)s)
order by f.created_at, f.slug;

-- name: found
select * from functions where ref = %(ref)s and slug = %(slug)s;

-- name: files
-- None when another version is live by now.
select p.path, p.content
from functions f join function_files p on p.ref = f.ref and p.slug = f.slug
where f.ref = %(ref)s and f.slug = %(slug)s and f.version = %(version)s
order by p.path;

-- name: lock
select pg_advisory_xact_lock(hashtextextended(%(ref)s || '/' || %(slug)s, 4));

-- name: put
insert into functions (ref, slug, id, name, verify_jwt, entrypoint_path, import_map_path, status, version)
values (%(ref)s, %(slug)s, coalesce(%(id)s::uuid, gen_random_uuid()), %(name)s, %(verify_jwt)s, %(entrypoint_path)s,
        %(import_map_path)s, %(status)s, greatest(%(version)s, 1))
on conflict (ref, slug) do update
set name = excluded.name, verify_jwt = excluded.verify_jwt, entrypoint_path = excluded.entrypoint_path,
    import_map_path = excluded.import_map_path, status = excluded.status,
    version = greatest(%(version)s, functions.version + 1), updated_at = now()
returning *;

-- name: describe
update functions
set name = coalesce(%(name)s, name), verify_jwt = coalesce(%(verify_jwt)s, verify_jwt),
    status = coalesce(%(status)s, status), version = greatest(%(version)s, version), updated_at = now()
where ref = %(ref)s and slug = %(slug)s
returning *;

-- name: clear_files
delete from function_files where ref = %(ref)s and slug = %(slug)s;

-- name: add_file
insert into function_files (ref, slug, path, content) values (%(ref)s, %(slug)s, %(path)s, %(content)s);

-- name: delete
delete from functions where ref = %(ref)s and slug = %(slug)s;

-- name: put_bundle
insert into function_bundles (ref, slug, digest, description)
values (%(ref)s, %(slug)s, %(digest)s, %(description)s)
on conflict (ref, slug, digest) do update set description = excluded.description, created_at = now()
returning id;

-- name: add_bundle_file
insert into bundle_files (ref, slug, digest, path, content)
values (%(ref)s, %(slug)s, %(digest)s, %(path)s, %(content)s)
on conflict do nothing;

-- name: bundle
select * from function_bundles where ref = %(ref)s and slug = %(slug)s and digest = %(digest)s;

-- name: use_bundle
insert into function_files (ref, slug, path, content)
select ref, slug, path, content from bundle_files
where ref = %(ref)s and slug = %(slug)s and digest = %(digest)s;

-- name: trim_bundles
delete from function_bundles where ref = %(ref)s and created_at < now() - interval '1 day';
