-- What the hosted API shows of organizations, projects and branches beyond their names, and the runs of
-- everything that was done to a branch.
alter table organizations
  add column allowed_release_channels text[] not null default '{ga}',
  add column opt_in_tags text[] not null default '{}';

-- The hosted API names projects by a number too, where it renames or removes them.
alter table projects add column number bigint generated always as identity;

alter table branches
  -- False while it is made or removed: what a killed server leaves so is removed at the next start. The status
  -- cannot tell that, because clients may set it.
  add column ready boolean not null default false,
  add column review_requested_at timestamptz,
  add column deletion_scheduled_at timestamptz;
update branches set ready = is_default or status <> 'CREATING_PROJECT';

create table action_runs (
  id uuid primary key default gen_random_uuid(),
  parent_ref text not null references projects (ref) on delete cascade,
  -- The project or branch that is changed. Runs outlive their branch.
  ref text not null,
  branch_id uuid not null,
  -- In order: [{name, status, created_at, updated_at}].
  steps jsonb not null,
  logs text not null default '',
  git_branch text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index action_runs_parent_ref on action_runs (parent_ref, created_at desc);
create index action_runs_branch_id on action_runs (branch_id, created_at desc);
