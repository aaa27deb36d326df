"""A finished build as a Supabase CLI project that anybody can push to a project of their own."""
