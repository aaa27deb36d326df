// Stands in for `jsr:@supabase/functions-js/edge-runtime.d.ts`, which only declares types.
export {};
