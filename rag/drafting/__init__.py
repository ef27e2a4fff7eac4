"""Question and passages -> sentences: one module a drafter."""
