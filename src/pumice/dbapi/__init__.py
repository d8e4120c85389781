"""The DB-API face: Connection, Cursor, Row, adapters. Thin; it knows no SQL."""
