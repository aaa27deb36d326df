-- What a replay needs to know of a call: whether its arguments are whole, and how its result was digested.
alter table public.build_tool_calls
  -- False when something that was sent is neither in the arguments nor behind one of their placeholders.
  add column replayable boolean not null default true,
  -- The rule by which the result was made comparable before it was hashed; null when it cannot be compared.
  add column result_rule text check (result_rule ~ '^[a-z-]+/[0-9]+$');

grant update (result_rule) on public.build_tool_calls to service_role;
