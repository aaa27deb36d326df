-- What a replay asks of environments, through MCP execute_sql, and of the control plane.
-- name: fingerprint
-- Deparsed names carry their schema only under an empty search_path.
begin read only;
set local search_path = '';
/*digest*/;
commit;

-- name: facts
-- One row whatever their number, so that the answer is one JSON value.
begin read only;
set local search_path = '';
select coalesce(jsonb_agg(jsonb_build_array(kind, identity, fact)), '[]') as facts from (
/*facts*/
) as facts;
commit;

-- name: own_fingerprint
-- As the function says that the replayed migrations made; its rule may be older than ours.
select case when pg_catalog.to_regprocedure('public.catalog_fingerprint()') is not null then 1 end as there

-- name: session_of
-- The session whose live environment it is.
select id::text as id from public.build_sessions where environment ->> 'ref' = %(ref)s order by created_at limit 1
