-- What readiness asks an environment.
-- name: alive
select 1 as alive
