"""A server that speaks the REST and the WebSocket protocol of Polygon/Massive, with its faults."""
