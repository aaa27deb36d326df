-- What the Realtime server asks a project's database, as postgres.

-- name: insert_probes
insert into realtime.messages (id, topic, extension)
select probe.id, %s, probe.extension from unnest(%s::uuid[], %s::text[]) as probe (id, extension);

-- name: insert_probe
insert into realtime.messages (topic, extension) values (%s, %s);

-- name: become
select
  set_config('request.jwt.claims', %s, true),
  set_config('request.jwt.claim.sub', %s, true),
  set_config('request.jwt.claim.role', %s, true),
  set_config('request.headers', %s, true),
  set_config('realtime.topic', %s, true),
  set_config('role', %s, true);

-- name: visible_probes
select id from realtime.messages where id = any (%s) and topic = %s;

-- name: replay
-- Commands of a transaction count up, and rows of one command lie in the order they came.
select id, event, payload, binary_payload
from (
  select id, event, payload::text as payload, binary_payload, inserted_at, cmin::text::bigint as command, ctid as place
  from realtime.messages
  where topic = %(topic)s and private and extension = 'broadcast' and event is not null
    and inserted_at >= %(since)s
  order by inserted_at desc, cmin::text::bigint desc, ctid desc
  limit %(limit)s
) as latest
order by inserted_at, command, place;

-- name: delete_old
delete from realtime.messages
where (id, inserted_at) in (
  select id, inserted_at from realtime.messages
  where inserted_at < clock_timestamp() at time zone 'utc' - %(kept)s
  limit %(batch)s
);

-- name: has_feed
select exists (
  select from pg_catalog.pg_trigger
  where tgrelid = to_regclass('realtime.messages') and tgname = 'realtime_announce' and tgenabled <> 'D'
) as installed;

-- name: identity
-- Another number when another database has taken this one's name.
select oid, clock_timestamp() as now from pg_catalog.pg_database where datname = current_database();

-- name: listen
listen realtime_messages;
listen realtime_dropped;
listen realtime_drained;

-- name: notify_drained
select pg_notify('realtime_drained', %s);

-- name: heard
-- In the order of the notifications.
select m.id, m.inserted_at, m.topic, m.private, m.event, m.payload::text as payload, m.binary_payload,
       coalesce(case when current_setting('track_commit_timestamp')::boolean then pg_xact_commit_timestamp(m.xmin) end,
                m.inserted_at at time zone 'utc') as committed
from unnest(%s::uuid[]) with ordinality as heard (id, position) join realtime.messages m using (id)
where m.event is not null
order by heard.position, m.inserted_at;

-- name: missed
-- In the order of the commits; in one transaction in the order of the commands and of their rows.
select id, inserted_at, topic, private, event, payload::text as payload, binary_payload, committed
from (
  select *, cmin::text::bigint as command, ctid as place,
         coalesce(case when current_setting('track_commit_timestamp')::boolean then pg_xact_commit_timestamp(xmin) end,
                  inserted_at at time zone 'utc') as committed
  from realtime.messages where event is not null
) as messages
where committed >= %s
order by committed, command, inserted_at, place;
