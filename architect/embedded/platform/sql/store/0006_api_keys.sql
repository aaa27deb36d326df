-- The opaque API keys of an environment. A secret key acts with the claims of its template. The first two are
-- made with the environment and called "default"; their values stay in environments for the gateway's own use,
-- but open nothing once their rows are gone.
create table api_keys (
  id uuid primary key default gen_random_uuid(),
  ref text not null references environments (ref) on delete cascade,
  type text not null check (type in ('publishable', 'secret')),
  name text not null,
  description text,
  api_key text not null unique,
  secret_jwt_template jsonb,
  expires_at timestamptz,
  inserted_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (ref, type, name)
);

alter table environments add column legacy_keys_enabled boolean not null default true;

insert into api_keys (ref, type, name, api_key)
select ref, 'publishable', 'default', publishable_key from environments;
insert into api_keys (ref, type, name, api_key, secret_jwt_template)
select ref, 'secret', 'default', secret_key, '{"role": "service_role"}' from environments;
