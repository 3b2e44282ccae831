"""The embedded engine: a server of the Realtime protocol that answers offline, in a process of its own."""
