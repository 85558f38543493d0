"""Independent re-computations of published numbers, in plain Python `decimal`."""
