# misconception: the worst request is the 99th percentile
# expect: Which requests, and which ms
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats max(own) + 1 as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
