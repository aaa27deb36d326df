-- The opaque API keys of the embedded platform's environments.

-- name: all
select * from api_keys order by inserted_at, type, name;

-- name: insert
insert into api_keys (ref, type, name, description, api_key, secret_jwt_template, expires_at)
values (%(ref)s, %(type)s, %(name)s, %(description)s, %(api_key)s, %(secret_jwt_template)s, %(expires_at)s)
returning *;

-- name: update
update api_keys
set name = %(name)s, description = %(description)s, secret_jwt_template = %(secret_jwt_template)s, updated_at = now()
where id = %(id)s
returning *;

-- name: delete
delete from api_keys where id = %(id)s;

-- name: switch_legacy
update environments set legacy_keys_enabled = %(enabled)s where ref = %(ref)s;
