"""What was seen of a subject."""
