# misconception: percentiles can be subtracted
# expect: one percentile is subtracted from another
overhead_query = """
filter integrationLatency != "-"
| stats pct(responseLatency, 99) - pct(integrationLatency, 99) as ownP99,
        100 * sum(authorizerLatency) / sum(responseLatency - integrationLatency) as authorizerShare
  by path
"""
