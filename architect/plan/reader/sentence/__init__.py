"""What one sentence, list or table of the spec says: statements, each with its quote."""
