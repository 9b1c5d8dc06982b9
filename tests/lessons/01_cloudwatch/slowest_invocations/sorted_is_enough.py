# misconception: sorting by duration leaves only lines that have one
# expect: or no report at all
slowest_query = """
fields @requestId, @duration
| sort @duration desc
| limit 20
"""
