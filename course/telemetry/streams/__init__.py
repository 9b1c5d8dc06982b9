"""Rules of Kinesis Data Streams, as functions of plain data."""
