overhead_query = """
filter integrationLatency like /^[0-9]/
| stats pct(responseLatency - integrationLatency, 99) as ownP99,
        sum(authorizerLatency) / sum(responseLatency - integrationLatency) * 100 as authorizerShare
  by path
"""
