-- Attaches an Iceberg table of an analytics bucket to this database through Supabase Wrappers.
-- Run it as often as you like: when nothing differs, nothing changes. It holds no secret: the three
-- credentials are read from Vault by name, and the server keeps only their ids.
-- Desired state: 34c49dcebc95900c899f1a31d73efc7f3ed9be6b61fccf04635f59f08a0cb37f

create extension if not exists wrappers with schema extensions;

do $attach$
declare
    wanted jsonb := '{"catalog_uri": "https://abcdefghijklmnopqrst.supabase.co/storage/v1/iceberg", "region_name": "us-east-1", "s3.endpoint": "https://abcdefghijklmnopqrst.supabase.co/storage/v1/s3", "warehouse": "vibe-analytics"}';
    secrets constant jsonb := '{"vault_aws_access_key_id": "analytics_s3_access_key_id", "vault_aws_secret_access_key": "analytics_s3_secret_access_key", "vault_token": "analytics_catalog_token"}';
    columns constant jsonb := '{"air_time": "integer", "arr_delay": "integer", "arr_time": "integer", "carrier": "text", "day": "integer", "dep_delay": "integer", "dep_time": "integer", "dest": "text", "distance": "integer", "flight": "integer", "hour": "integer", "minute": "integer", "month": "integer", "origin": "text", "sched_arr_time": "integer", "sched_dep_time": "integer", "tailnum": "text", "time_hour": "timestamp with time zone", "year": "integer"}';
    mark constant text := 'vibe-architect:34c49dcebc95900c899f1a31d73efc7f3ed9be6b61fccf04635f59f08a0cb37f';
    option record;
    found_id uuid;
    settings text;
    differences text;
begin
    for option in select key, value from jsonb_each_text(secrets) order by key loop
        select id into found_id from vault.secrets where name = option.value;
        if found_id is null then
            raise exception 'the Vault secret "%" is missing', option.value
                using hint = format('Run select vault.create_secret(VALUE, %L) first.', option.value);
        end if;
        wanted := wanted || jsonb_build_object(option.key, found_id::text);
    end loop;

    if not exists (select from pg_foreign_data_wrapper where fdwname = 'iceberg_wrapper') then
        create foreign data wrapper iceberg_wrapper
            handler extensions.iceberg_fdw_handler
            validator extensions.iceberg_fdw_validator;
    end if;

    if not exists (select from pg_foreign_server where srvname = 'analytics_iceberg') then
        select string_agg(format('%I %L', key, value), ', ' order by key) into settings
        from jsonb_each_text(wanted);
        execute format('create server %I foreign data wrapper iceberg_wrapper options (%s)', 'analytics_iceberg', settings);
    else
        with present as (
            select o.option_name as key, o.option_value as value
            from pg_foreign_server s, pg_options_to_table(s.srvoptions) o
            where s.srvname = 'analytics_iceberg'
        )
        select string_agg(
            case
                when p.key is null then format('add %I %L', w.key, w.value)
                when w.key is null then format('drop %I', p.key)
                else format('set %I %L', w.key, w.value)
            end, ', ' order by coalesce(w.key, p.key))
        into settings
        from jsonb_each_text(wanted) w full join present p using (key)
        where p.value is distinct from w.value;
        if settings is not null then
            execute format('alter server %I options (%s)', 'analytics_iceberg', settings);
        end if;
    end if;

    if to_regnamespace(quote_ident('analytics')) is not null then
        differences := coalesce(obj_description(to_regnamespace(quote_ident('analytics')), 'pg_namespace'), '');
        if differences not like 'vibe-architect:%' then
            raise exception 'the schema "%" exists and is not ours', 'analytics'
                using hint = 'Choose another schema name.';
        elsif differences = mark and settings is null then
            return;
        end if;
    end if;

    -- Import beside what is in use, prove it, and only then swap.
    create schema "analytics_next";
    import foreign schema "demo" limit to ("flights") from server "analytics_iceberg" into "analytics_next"
        options (strict 'true');

    select string_agg(
        format('%s: wanted %s, found %s', coalesce(w.key, f.column_name), coalesce(w.value, 'nothing'),
               coalesce(f.data_type, 'nothing')), '; ' order by coalesce(w.key, f.column_name))
    into differences
    from jsonb_each_text(columns) w
    full join (
        select column_name::text, data_type::text
        from information_schema.columns
        where table_schema = 'analytics_next' and table_name = 'flights'
    ) f on f.column_name = w.key
    where w.value is distinct from f.data_type;
    if differences is not null then
        raise exception 'the Iceberg table has other columns: %', differences;
    end if;
    execute format('select 1 from %I.%I limit 1', 'analytics_next', 'flights');

    drop schema if exists "analytics" cascade;
    alter schema "analytics_next" rename to "analytics";
    execute format('comment on schema %I is %L', 'analytics', mark);

    -- Foreign tables know no row level security: only the service role may come near.
    revoke all on schema "analytics" from public, anon, authenticated;
    revoke all on all tables in schema "analytics" from public, anon, authenticated;
    grant usage on schema "analytics" to service_role;
    grant select on "analytics"."flights" to service_role;
end
$attach$;
