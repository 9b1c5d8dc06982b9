"""CloudFormation templates as plain data: reading them, and what depends on what."""
