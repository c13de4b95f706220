"""The pipeline in one process: `insidertape run` and `insidertape backfill`."""
