# misconception: an average tells what a customer waits
# expect: That is the average
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats avg(own) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
