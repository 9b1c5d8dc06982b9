"""ElastiCache: nodes that redis clients talk to, and their control plane."""
