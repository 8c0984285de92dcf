"""A PostgreSQL server of a run's own: started when the first program needs one, gone when the run is."""
