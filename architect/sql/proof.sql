-- What a build asks its finished environment, through MCP execute_sql.

-- name: fingerprint
select public.catalog_fingerprint() as answer
