-- Bundles that are uploaded and not live yet, what was set of each environment's services, and its logs.
create table function_bundles (
  ref text not null references environments (ref) on delete cascade,
  slug text not null,
  digest text not null,
  -- Of the function, if this becomes its first version.
  id uuid not null default gen_random_uuid(),
  -- What the deploy said: name, verify_jwt, entrypoint_path, import_map_path.
  description jsonb not null,
  created_at timestamptz not null default now(),
  primary key (ref, slug, digest)
);

create table bundle_files (
  ref text not null,
  slug text not null,
  digest text not null,
  path text not null,
  content bytea not null,
  primary key (ref, slug, digest, path),
  foreign key (ref, slug, digest) references function_bundles (ref, slug, digest) on delete cascade
);

create table configs (
  ref text not null references environments (ref) on delete cascade,
  section text not null,
  settings jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (ref, section)
);

create table logs (
  number bigint generated always as identity primary key,
  id uuid not null,
  ref text not null references environments (ref) on delete cascade,
  at timestamptz not null,
  source text not null,
  message text not null,
  severity text not null,
  attributes jsonb not null
);
create index logs_ref_number on logs (ref, number);
create index logs_ref_at on logs (ref, at);
