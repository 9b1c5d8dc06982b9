"""What the simulated account does, seen through plain boto3."""
