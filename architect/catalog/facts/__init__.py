"""What is true of a database's catalog and matters for who may do what: facts, snapshots, baselines."""
