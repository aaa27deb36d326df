"""Access sentences become policies; what contradicts itself or stays silent is closed and asked about."""
