-- Branches are paused and restored one by one, as projects are.
alter table branches add column paused boolean not null default false;
