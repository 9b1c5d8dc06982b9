"""Rules of S3, as functions of plain data."""
