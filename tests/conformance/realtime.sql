-- Who may do what on channels, and ways to make the database send.
create policy "members listen" on realtime.messages for select to authenticated
  using (realtime.topic() like 'team:%' or realtime.topic() like 'news:%'
         or (realtime.topic() like 'lobby:%' and extension = 'presence'));
create policy "members speak" on realtime.messages for insert to authenticated
  with check (realtime.topic() like 'team:%' or (realtime.topic() like 'lobby:%' and extension = 'presence'));

create table public.notes (id int primary key, text text);
alter table public.notes enable row level security;
create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.broadcast_changes('team:notes', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end
$$;
create trigger tell after insert or update or delete on public.notes for each row execute function public.tell();
create function public.change_notes() returns void language sql security definer set search_path = '' as $$
  delete from public.notes;
  insert into public.notes values (1, 'a');
  update public.notes set text = 'b';
  delete from public.notes;
$$;

create function public.say(topic text, numbers int[], private boolean default true) returns void
language sql security definer set search_path = '' as $$
  select realtime.send(pg_catalog.jsonb_build_object('n', n), 'said', topic, private)
  from pg_catalog.unnest(numbers) as n
$$;
create function public.say_bytes(topic text) returns void
language sql security definer set search_path = '' as $$
  select realtime.send_binary('\x00ff', 'bytes', topic, true)
$$;
grant execute on function public.change_notes(), public.say(text, int[], boolean), public.say_bytes(text)
  to authenticated;
