# misconception: Latency is API Gateway's time
# expect: all that the client waits for
overhead_query = """
filter integrationLatency != "-"
| stats pct(responseLatency, 99) as ownP99,
        100 * sum(authorizerLatency) / sum(responseLatency - integrationLatency) as authorizerShare
  by path
"""
