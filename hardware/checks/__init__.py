"""Checks on the drawings: each returns a list of complaints, empty when all is well."""
