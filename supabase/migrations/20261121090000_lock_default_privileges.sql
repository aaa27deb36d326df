-- First of all files: whatever is created from here on belongs to nobody until a grant says otherwise.
-- Older hosted projects grant new objects in public to the API roles; a revoke after the fact would leave
-- every later object open.
alter default privileges in schema public revoke all on tables from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from public, anon, authenticated, service_role;
-- Only without a schema does this take away the built-in EXECUTE for everybody.
alter default privileges revoke execute on functions from public;
