"""Application Auto Scaling: the desired counts of ECS services follow metrics."""
