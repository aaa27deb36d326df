"""The HTTP API for frontends: sessions, their events and results, each asked for as the signed-in caller."""
