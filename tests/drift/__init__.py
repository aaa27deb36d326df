"""A small Supabase-shaped database, and what may happen to it: drifts, benign changes, same meanings."""
