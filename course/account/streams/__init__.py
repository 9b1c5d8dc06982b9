"""Kinesis Data Streams, as this account answers it."""
