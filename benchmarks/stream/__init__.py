"""How fast one web process carries an event to thousands of streams."""
