-- Keys handed out for a session's environment: metadata only.

-- name: begin
insert into public.session_keys
  (session_id, tenant_id, ref, purpose, name, role, subject, services, read_only, expires_at)
select id, tenant_id, %(ref)s, %(purpose)s, %(name)s, %(role)s, %(subject)s, %(services)s, %(read_only)s,
       %(expires_at)s
  from public.build_sessions where id = %(session_id)s
returning *

-- name: made
update public.session_keys set platform_id = %(platform_id)s, prefix = %(prefix)s where id = %(id)s returning *

-- name: of_session
select * from public.session_keys where session_id = %(session_id)s order by created_at, id

-- name: due
-- Expired, or begun by a process that was killed before it could print the key.
select * from public.session_keys
 where revoked_at is null
   and (expires_at <= clock_timestamp()
        or (platform_id is null and created_at < clock_timestamp() - interval '10 minutes'))
 order by created_at

-- name: revoked
update public.session_keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = %(id)s returning *

-- name: all_revoked
-- The environments are gone, and their keys with them.
update public.session_keys set revoked_at = clock_timestamp()
 where session_id = %(session_id)s and revoked_at is null
