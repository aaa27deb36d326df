-- name: save_chunks
with session as (
  select id, tenant_id from public.build_sessions
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s) for no key update
), gone as (
  delete from public.spec_chunks c using session
   where c.session_id = session.id and c.chunk_index >= cardinality(%(contents)s::text[])
), given as (
  select (position - 1)::integer as chunk_index, content, embedding::extensions.vector as embedding, metadata
    from unnest(%(contents)s::text[], %(embeddings)s::text[], %(metadata)s::jsonb[])
         with ordinality as t (content, embedding, metadata, position)
), kept as (
  insert into public.spec_chunks (session_id, tenant_id, chunk_index, content, embedding, model_id, metadata)
  select session.id, session.tenant_id, given.chunk_index, given.content, given.embedding, %(model_id)s, given.metadata
    from session, given
  on conflict (session_id, chunk_index) do update
     set content = excluded.content, embedding = excluded.embedding,
         model_id = excluded.model_id, metadata = excluded.metadata
)
select id from session

-- name: chunks
select id, chunk_index, content, model_id, metadata from public.spec_chunks
 where session_id = %(session_id)s order by chunk_index

-- name: other_models
select distinct model_id from public.spec_chunks
 where session_id = %(session_id)s and model_id <> %(model_id)s

-- name: search_settings
-- A filtered search goes on until it has enough rows, in exact order of distance.
select set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '100', true)

-- name: nearest
-- The inner query is the form that an HNSW index answers; whatever is computed from its rows stays outside.
select id, chunk_index, content, metadata, -distance as similarity
  from (
    select id, chunk_index, content, metadata,
           embedding operator(extensions.<#>) %(vector)s::extensions.vector as distance
      from public.spec_chunks
     where session_id = %(session_id)s
     order by embedding operator(extensions.<#>) %(vector)s::extensions.vector
     limit %(limit)s
  ) as nearest
 order by distance, chunk_index
