"""Many transcripts: local processes, or an existing Dask cluster."""
