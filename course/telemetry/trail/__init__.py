"""CloudTrail's rules: what an event is, who selects it, when it arrives and how it is sealed."""
