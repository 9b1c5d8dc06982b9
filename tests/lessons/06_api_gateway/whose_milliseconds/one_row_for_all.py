# misconception: one number is enough for an API
# expect: comes without
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare
"""
