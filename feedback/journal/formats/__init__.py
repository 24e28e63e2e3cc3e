"""The files that can be imported, one module a broker; detected by their header."""
