-- Metadata of the embedded Management API (database "platform").

-- name: applied_versions
select version from platform_versions;

-- name: create_versions
create table if not exists platform_versions (version text primary key, applied_at timestamptz not null default now());

-- name: record_version
insert into platform_versions (version) values (%s);

-- name: organizations
select * from organizations order by created_at, id;

-- name: organization
select * from organizations where id = %(id)s;

-- name: insert_organization
insert into organizations (id, name, plan, allowed_release_channels, opt_in_tags)
values (%(id)s, %(name)s, %(plan)s, %(allowed_release_channels)s, %(opt_in_tags)s)
returning *;

-- name: delete_organization
delete from organizations where id = %(id)s;

-- name: ensure_organization
insert into organizations (id, name) values (%(id)s, %(name)s) on conflict (id) do nothing;

-- name: insert_environment
with made as (
  insert into environments (ref, database, jwt_secret, publishable_key, secret_key, anon_key, service_role_key)
  values (%(ref)s, %(database)s, %(jwt_secret)s, %(publishable_key)s, %(secret_key)s, %(anon_key)s,
          %(service_role_key)s)
  returning ref, publishable_key, secret_key
)
insert into api_keys (ref, type, name, api_key, secret_jwt_template)
select ref, 'publishable', 'default', publishable_key, null from made
union all
select ref, 'secret', 'default', secret_key, '{"role": "service_role"}'::jsonb from made;

-- name: environments
select e.*, coalesce(p.hidden, false) as hidden, coalesce(p.status, case when b.paused then 'INACTIVE' else 'ACTIVE_HEALTHY' end) as status,
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

-- name: projects_and_branches
-- Of one organization, as its own list shows them.
select e.ref, coalesce(p.name, b.name) as name, o.region, p.ref is null as is_branch,
       case when p.ref is not null then p.status when b.paused then 'INACTIVE'
            when b.ready then 'ACTIVE_HEALTHY' else 'COMING_UP' end as status,
       e.created_at
from environments e
left join projects p on p.ref = e.ref
left join branches b on b.ref = e.ref and not b.is_default
join projects o on o.ref = coalesce(p.ref, b.parent_ref)
where o.organization_id = %(id)s and not o.hidden
order by e.created_at, e.ref;

-- name: set_project_status
update projects set status = %(status)s where ref = %(ref)s returning *;

-- name: rename_project
update projects set name = %(name)s where ref = %(ref)s returning *;

-- name: unfinished_environments
select e.ref, e.database from environments e
left join projects p on p.ref = e.ref
left join branches b on b.ref = e.ref
where (not p.hidden and p.status in ('COMING_UP', 'GOING_DOWN'))
   or (not b.ready and not b.is_default)
   or (p.ref is null and b.ref is null);

-- name: ensure_default_branch
insert into branches (ref, parent_ref, name, git_branch, is_default, persistent, with_data, status, ready)
values (%(ref)s, %(ref)s, %(name)s, %(git_branch)s, true, true, true, 'FUNCTIONS_DEPLOYED', true)
on conflict do nothing
returning *;

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

-- name: branch_ready
update branches set ready = true, status = %(status)s, updated_at = now() where ref = %(ref)s returning *;

-- name: pause_branch
update branches set paused = %(paused)s, updated_at = now() where ref = %(ref)s;

-- name: branch_unready
update branches set ready = false where ref = %(ref)s;

-- name: update_branch
update branches
set name = coalesce(%(name)s, name), git_branch = coalesce(%(git_branch)s, git_branch),
    persistent = coalesce(%(persistent)s, persistent), status = coalesce(%(status)s, status),
    notify_url = coalesce(%(notify_url)s, notify_url),
    review_requested_at = case when %(request_review)s then now()
                               when %(request_review)s is null then review_requested_at end,
    updated_at = now()
where id = %(id)s returning *;

-- name: schedule_deletion
update branches set deletion_scheduled_at = now() + make_interval(secs => %(seconds)s), updated_at = now()
where id = %(id)s;

-- name: cancel_deletion
update branches set deletion_scheduled_at = null, updated_at = now()
where id = %(id)s and deletion_scheduled_at is not null returning *;

-- name: branches_due
select * from branches where deletion_scheduled_at <= now() and not is_default;

-- name: delete_default_branch
delete from branches where ref = %(ref)s and is_default;

-- name: insert_run
insert into action_runs (parent_ref, ref, branch_id, steps, git_branch)
values (%(parent_ref)s, %(ref)s, %(branch_id)s, %(steps)s, %(git_branch)s)
returning *;

-- name: save_run
update action_runs set steps = %(steps)s, logs = %(logs)s, updated_at = clock_timestamp() where id = %(id)s;

-- name: trim_runs
delete from action_runs where parent_ref = %(parent_ref)s and id not in (
  select id from action_runs where parent_ref = %(parent_ref)s order by created_at desc, id limit %(keep)s
);

-- name: runs
select * from action_runs where parent_ref = %(ref)s or ref = %(ref)s or branch_id = %(branch_id)s
order by created_at desc, id offset %(offset)s limit %(limit)s;

-- name: count_runs
select count(*) as count from action_runs
where parent_ref = %(ref)s or ref = %(ref)s or branch_id = %(branch_id)s;

-- name: run
select * from action_runs
where id = %(id)s and (parent_ref = %(ref)s or ref = %(ref)s or branch_id = %(branch_id)s);

-- name: end_interrupted_runs
-- Of a server that was killed: what it was at has failed, what it had not come to never ran.
update action_runs r
set steps = (
      select jsonb_agg(case when step ->> 'status' in ('CREATED', 'RUNNING')
                            then step || '{"status": "DEAD"}' else step end order by n)
      from jsonb_array_elements(r.steps) with ordinality as x (step, n)),
    logs = logs || 'interrupted: the platform was stopped while this ran' || chr(10)
where r.steps @> '[{"status": "RUNNING"}]' or r.steps @> '[{"status": "CREATED"}]';

-- name: end_interrupted_branches
update branches set status = 'MIGRATIONS_FAILED', updated_at = now() where status = 'RUNNING_MIGRATIONS';

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
