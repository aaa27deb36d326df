-- The tenant of a machine of one's own: what the command line builds belongs to it.
insert into public.tenants (id, name, plan)
values ('00000000-0000-4000-8000-000000000001', 'Local', 'local')
on conflict (id) do nothing;
