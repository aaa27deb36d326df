-- DuckDB: the table of log entries, and ClickHouse's names for what DuckDB calls otherwise.

-- name: table
create table logs (
  id varchar, timestamp timestamp, source varchar, event_message varchar, severity_text varchar,
  log_attributes map(varchar, varchar)
);

-- name: fill
insert into logs
select id, timestamp, source, event_message, severity_text, map(keys, items)
from (
  select unnest(?::varchar[]) as id, unnest(?::timestamp[]) as timestamp, unnest(?::varchar[]) as source,
         unnest(?::varchar[]) as event_message, unnest(?::varchar[]) as severity_text,
         unnest(?::varchar[][]) as keys, unnest(?::varchar[][]) as items
);

-- name: zone
set TimeZone = 'UTC';

-- name: lock
set lock_configuration = true;

-- name: macro_now
create macro now() as cast(current_timestamp as timestamp);

-- name: macro_count_if
create macro countIf(condition) as count(*) filter (where condition);

-- name: macro_sum_if
create macro sumIf(value, condition) as sum(value) filter (where condition);

-- name: macro_avg_if
create macro avgIf(value, condition) as avg(value) filter (where condition);

-- name: macro_uniq
create macro uniq(value) as count(distinct value);

-- name: macro_uniq_exact
create macro uniqExact(value) as count(distinct value);

-- name: macro_to_start_of_minute
create macro toStartOfMinute(moment) as date_trunc('minute', moment);

-- name: macro_to_start_of_five_minutes
create macro toStartOfFiveMinutes(moment) as time_bucket(interval 5 minute, moment);

-- name: macro_to_start_of_fifteen_minutes
create macro toStartOfFifteenMinutes(moment) as time_bucket(interval 15 minute, moment);

-- name: macro_to_start_of_hour
create macro toStartOfHour(moment) as date_trunc('hour', moment);

-- name: macro_to_start_of_day
create macro toStartOfDay(moment) as date_trunc('day', moment);

-- name: macro_to_start_of_interval
create macro toStartOfInterval(moment, length) as time_bucket(length, moment);

-- name: macro_to_date_time
create macro toDateTime(value) as cast(value as timestamp);

-- name: macro_to_string
create macro toString(value) as cast(value as varchar);

-- name: macro_to_int32
create macro toInt32(value) as cast(value as integer);

-- name: macro_to_int64
create macro toInt64(value) as cast(value as bigint);

-- name: macro_to_int32_or_zero
create macro toInt32OrZero(value) as coalesce(try_cast(value as integer), 0);

-- name: macro_to_int64_or_zero
create macro toInt64OrZero(value) as coalesce(try_cast(value as bigint), 0);

-- name: macro_to_float64
create macro toFloat64(value) as cast(value as double);

-- name: macro_to_float64_or_zero
create macro toFloat64OrZero(value) as coalesce(try_cast(value as double), 0);

-- name: macro_match
create macro match(text, pattern) as regexp_matches(text, pattern);

-- name: macro_position_case_insensitive
create macro positionCaseInsensitive(text, part) as strpos(lower(text), lower(part));

-- name: macro_map_contains
create macro mapContains(of, key) as map_contains(of, key);

-- name: macro_empty
create macro empty(text) as text is null or text = '';

-- name: macro_not_empty
create macro notEmpty(text) as text is not null and text <> '';

-- name: macro_to_unix_timestamp64_milli
create macro toUnixTimestamp64Milli(moment) as epoch_ms(moment);

-- name: macro_multi_if
create macro multiIf
  (c1, v1, otherwise) as case when c1 then v1 else otherwise end,
  (c1, v1, c2, v2, otherwise) as case when c1 then v1 when c2 then v2 else otherwise end,
  (c1, v1, c2, v2, c3, v3, otherwise) as case when c1 then v1 when c2 then v2 when c3 then v3 else otherwise end,
  (c1, v1, c2, v2, c3, v3, c4, v4, otherwise) as case when c1 then v1 when c2 then v2 when c3 then v3 when c4 then v4 else otherwise end,
  (c1, v1, c2, v2, c3, v3, c4, v4, c5, v5, otherwise) as case when c1 then v1 when c2 then v2 when c3 then v3 when c4 then v4 when c5 then v5 else otherwise end,
  (c1, v1, c2, v2, c3, v3, c4, v4, c5, v5, c6, v6, otherwise) as case when c1 then v1 when c2 then v2 when c3 then v3 when c4 then v4 when c5 then v5 when c6 then v6 else otherwise end,
  (c1, v1, c2, v2, c3, v3, c4, v4, c5, v5, c6, v6, c7, v7, otherwise) as case when c1 then v1 when c2 then v2 when c3 then v3 when c4 then v4 when c5 then v5 when c6 then v6 when c7 then v7 else otherwise end;
