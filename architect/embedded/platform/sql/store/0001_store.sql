-- What the Management API remembers. Environments are the common part of projects and branches: a database,
-- its keys and its functions. The default branch of a project shares the project's environment.
create table organizations (
  id text primary key,
  name text not null,
  plan text not null default 'free',
  created_at timestamptz not null default now()
);

create table environments (
  ref text primary key check (ref ~ '^[a-z]{20}$'),
  database text not null unique,
  jwt_secret text not null,
  publishable_key text not null unique,
  secret_key text not null unique,
  anon_key text not null unique,
  service_role_key text not null unique,
  created_at timestamptz not null default now()
);

create table projects (
  ref text primary key references environments (ref) on delete cascade,
  organization_id text not null references organizations (id),
  name text not null,
  region text not null,
  status text not null,
  -- The control plane's own project is served by the gateway and never shown by the Management API.
  hidden boolean not null default false,
  created_at timestamptz not null default now()
);
create index projects_organization_id on projects (organization_id);

create table branches (
  id uuid primary key default gen_random_uuid(),
  ref text not null references environments (ref) on delete cascade,
  parent_ref text not null references projects (ref) on delete cascade,
  name text not null,
  is_default boolean not null default false,
  git_branch text,
  persistent boolean not null default false,
  with_data boolean not null default false,
  notify_url text,
  status text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (parent_ref, name)
);
create unique index branches_one_default on branches (parent_ref) where is_default;
create unique index branches_ref on branches (ref);

create table functions (
  ref text not null references environments (ref) on delete cascade,
  slug text not null,
  id uuid not null default gen_random_uuid(),
  name text not null,
  version integer not null default 1,
  status text not null default 'ACTIVE',
  verify_jwt boolean not null default true,
  entrypoint_path text not null,
  import_map_path text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (ref, slug)
);

-- Files of the version that is live; a deploy replaces them in the same transaction.
create table function_files (
  ref text not null,
  slug text not null,
  path text not null,
  content bytea not null,
  primary key (ref, slug, path),
  foreign key (ref, slug) references functions (ref, slug) on delete cascade
);

create table secrets (
  ref text not null references environments (ref) on delete cascade,
  name text not null,
  value text not null,
  updated_at timestamptz not null default now(),
  primary key (ref, name)
);
