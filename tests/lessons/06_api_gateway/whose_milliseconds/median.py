# misconception: p50 is what matters
# expect: Which requests, and which ms
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats median(own) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
