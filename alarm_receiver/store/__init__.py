"""What the receiver keeps, and what the database refuses. Repositories never commit."""
