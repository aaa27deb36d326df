-- Where the steps of a planner that asks a language model are kept, so that a killed build does not pay twice.
-- The tables are those of langgraph-checkpoint-postgres, in the layout of its migrations 0 to 9, which are
-- recorded as done. A schema of its own: never in the list of schemas that the REST API exposes.
create schema planner;
revoke all on schema planner from public, anon, authenticated, service_role;
grant usage on schema planner to service_role;

create table planner.checkpoint_migrations (v integer primary key);
insert into planner.checkpoint_migrations (v) select generate_series(0, 9);

-- A thread is called session:generation:hash of the prompt.
create table planner.checkpoints (
  thread_id text not null,
  checkpoint_ns text not null default '',
  checkpoint_id text not null,
  parent_checkpoint_id text,
  type text,
  checkpoint jsonb not null,
  metadata jsonb not null default '{}',
  primary key (thread_id, checkpoint_ns, checkpoint_id)
);
create table planner.checkpoint_blobs (
  thread_id text not null,
  checkpoint_ns text not null default '',
  channel text not null,
  version text not null,
  type text not null,
  blob bytea,
  primary key (thread_id, checkpoint_ns, channel, version)
);
create table planner.checkpoint_writes (
  thread_id text not null,
  checkpoint_ns text not null default '',
  checkpoint_id text not null,
  task_id text not null,
  idx integer not null,
  channel text not null,
  type text,
  blob bytea not null,
  task_path text not null default '',
  primary key (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
);
create index checkpoints_thread_id_idx on planner.checkpoints (thread_id);
create index checkpoint_blobs_thread_id_idx on planner.checkpoint_blobs (thread_id);
create index checkpoint_writes_thread_id_idx on planner.checkpoint_writes (thread_id);

alter table planner.checkpoint_migrations enable row level security;
alter table planner.checkpoints enable row level security;
alter table planner.checkpoint_blobs enable row level security;
alter table planner.checkpoint_writes enable row level security;

grant select on planner.checkpoint_migrations to service_role;
grant select, insert, update, delete
  on planner.checkpoints, planner.checkpoint_blobs, planner.checkpoint_writes to service_role;
