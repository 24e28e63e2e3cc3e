"""How fast the coach falls silent: on the server, and in the trader's ear."""
