-- Set before a failed build's environment is removed and cleared after it: what could not be removed, or whose
-- removal was cut off, is found by it.
alter table public.build_sessions add column clean_up_due boolean not null default false;
create index build_sessions_clean_up_idx on public.build_sessions (updated_at) where clean_up_due;

grant update (clean_up_due) on public.build_sessions to service_role;
