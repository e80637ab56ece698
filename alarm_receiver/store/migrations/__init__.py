"""Alembic revisions, linear: expand, migrate, contract."""
