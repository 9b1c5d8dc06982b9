"""S3: what this account adds to moto, which holds the objects."""
