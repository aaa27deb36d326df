-- Metadata of the embedded Management API (database "platform").

-- name: applied_versions
select version from platform_versions;

-- name: create_versions
create table if not exists platform_versions (version text primary key, applied_at timestamptz not null default now());

-- name: record_version
insert into platform_versions (version) values (%s);

-- name: organizations
select id, name, plan, created_at from organizations order by created_at, id;

-- name: organization
select id, name, plan, created_at from organizations where id = %(id)s;

-- name: ensure_organization
insert into organizations (id, name) values (%(id)s, %(name)s) on conflict (id) do nothing;

-- name: insert_environment
insert into environments (ref, database, jwt_secret, publishable_key, secret_key, anon_key, service_role_key)
values (%(ref)s, %(database)s, %(jwt_secret)s, %(publishable_key)s, %(secret_key)s, %(anon_key)s, %(service_role_key)s);

-- name: environments
select e.*, coalesce(p.hidden, false) as hidden, coalesce(p.status, 'ACTIVE_HEALTHY') as status,
       case when p.ref is null then 'branch' else 'project' end as kind,
       coalesce(b.parent_ref, p.ref) as parent_ref
from environments e
left join projects p on p.ref = e.ref
left join branches b on b.ref = e.ref;

-- name: delete_environment
delete from environments where ref = %(ref)s;

-- name: insert_project
insert into projects (ref, organization_id, name, region, status, hidden)
values (%(ref)s, %(organization_id)s, %(name)s, %(region)s, %(status)s, %(hidden)s)
returning *;

-- name: projects
select * from projects where not hidden order by created_at, ref;

-- name: project
select * from projects where ref = %(ref)s and not hidden;

-- name: set_project_status
update projects set status = %(status)s where ref = %(ref)s returning *;

-- name: unfinished_environments
select e.ref, e.database from environments e
left join projects p on p.ref = e.ref
left join branches b on b.ref = e.ref
where (not p.hidden and p.status in ('COMING_UP', 'GOING_DOWN'))
   or (b.status = 'CREATING_PROJECT' and not b.is_default)
   or (p.ref is null and b.ref is null);

-- name: ensure_default_branch
insert into branches (ref, parent_ref, name, is_default, persistent, with_data, status)
values (%(ref)s, %(ref)s, 'main', true, true, true, 'FUNCTIONS_DEPLOYED')
on conflict do nothing;

-- name: insert_branch
insert into branches (ref, parent_ref, name, git_branch, persistent, with_data, notify_url, status)
values (%(ref)s, %(parent_ref)s, %(name)s, %(git_branch)s, %(persistent)s, %(with_data)s, %(notify_url)s,
        'CREATING_PROJECT')
returning *;

-- name: branches
select * from branches where parent_ref = %(parent_ref)s order by is_default desc, created_at, id;

-- name: branch_by_ref
select * from branches where ref = %(ref)s;

-- name: branch_by_id
select * from branches where id = %(id)s;

-- name: branch_by_name
select * from branches where parent_ref = %(parent_ref)s and name = %(name)s;

-- name: set_branch_status
update branches set status = %(status)s, updated_at = now() where ref = %(ref)s returning *;

-- name: update_branch
update branches
set name = coalesce(%(name)s, name), git_branch = coalesce(%(git_branch)s, git_branch),
    persistent = coalesce(%(persistent)s, persistent), updated_at = now()
where id = %(id)s returning *;

-- name: functions
select * from functions where ref = %(ref)s order by created_at, slug;

-- name: function
select * from functions where ref = %(ref)s and slug = %(slug)s;

-- name: upsert_function
insert into functions (ref, slug, name, verify_jwt, entrypoint_path, import_map_path)
values (%(ref)s, %(slug)s, %(name)s, %(verify_jwt)s, %(entrypoint_path)s, %(import_map_path)s)
on conflict (ref, slug) do update
set name = excluded.name, verify_jwt = excluded.verify_jwt, entrypoint_path = excluded.entrypoint_path,
    import_map_path = excluded.import_map_path, version = functions.version + 1, status = 'ACTIVE',
    updated_at = now()
returning *;

-- name: patch_function
update functions
set name = coalesce(%(name)s, name), verify_jwt = coalesce(%(verify_jwt)s, verify_jwt),
    version = version + 1, updated_at = now()
where ref = %(ref)s and slug = %(slug)s returning *;

-- name: delete_function
delete from functions where ref = %(ref)s and slug = %(slug)s returning *;

-- name: function_files
select path, content from function_files where ref = %(ref)s and slug = %(slug)s order by path;

-- name: delete_function_files
delete from function_files where ref = %(ref)s and slug = %(slug)s;

-- name: insert_function_file
insert into function_files (ref, slug, path, content) values (%(ref)s, %(slug)s, %(path)s, %(content)s);

-- name: copy_functions
insert into functions (ref, slug, name, verify_jwt, entrypoint_path, import_map_path, status)
select %(target)s, slug, name, verify_jwt, entrypoint_path, import_map_path, status
from functions where ref = %(source)s
on conflict (ref, slug) do update
set name = excluded.name, verify_jwt = excluded.verify_jwt, entrypoint_path = excluded.entrypoint_path,
    import_map_path = excluded.import_map_path, version = functions.version + 1, updated_at = now();

-- name: clear_copied_files
delete from function_files t
where t.ref = %(target)s
  and exists (select 1 from functions s where s.ref = %(source)s and s.slug = t.slug);

-- name: copy_function_files
insert into function_files (ref, slug, path, content)
select %(target)s, slug, path, content from function_files where ref = %(source)s;

-- name: secrets
select name, value, updated_at from secrets where ref = %(ref)s order by name;

-- name: upsert_secret
insert into secrets (ref, name, value) values (%(ref)s, %(name)s, %(value)s)
on conflict (ref, name) do update set value = excluded.value, updated_at = now();

-- name: delete_secrets
delete from secrets where ref = %(ref)s and name = any(%(names)s);
