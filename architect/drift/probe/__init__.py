"""What people can do in a database, tried out on clones of it before and after a change.

A text says what a policy is; only the database says what it does. A small world of two tenants is made from
facts alone, everybody tries every door in both clones, and what differs is a witness.
"""
