"""TPC-H in SQLite's dialect: schema.sql, indexes.sql and one file a query, with the validation parameters."""
