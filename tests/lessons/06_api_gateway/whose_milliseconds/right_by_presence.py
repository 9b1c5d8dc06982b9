overhead_query = """
fields responseLatency - integrationLatency as own, coalesce(authorizerLatency * 1, 0) as guard
| filter ispresent(own)
| stats pct(own, 99) as ownP99, sum(guard) as guards, sum(own) as owns by path
| fields 100 * guards / owns as authorizerShare
"""
