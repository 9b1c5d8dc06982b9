"""The rules of Application Auto Scaling: how much capacity a policy wants."""
