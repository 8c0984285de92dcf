"""What the corpora hold: named cases, one module per kind."""
