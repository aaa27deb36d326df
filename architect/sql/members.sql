-- Who belongs to which tenant, and as what.

-- name: put
-- Without a role given, a new member is a member and an old one stays what she is.
insert into public.tenant_members as m (tenant_id, user_id, role)
values (%(tenant_id)s, %(user_id)s, coalesce(%(role)s::text, 'member'))
on conflict (tenant_id, user_id) do update set role = coalesce(%(role)s::text, m.role)
returning *

-- name: list
select * from public.tenant_members where tenant_id = %(tenant_id)s order by created_at, user_id

-- name: remove
-- How many tenants the user is still in tells whether anybody else needs the account.
with gone as (
  delete from public.tenant_members where tenant_id = %(tenant_id)s and user_id = %(user_id)s returning 1
)
select exists (select from gone) as removed,
       (select count(*) from public.tenant_members
         where user_id = %(user_id)s and tenant_id <> %(tenant_id)s) as elsewhere
