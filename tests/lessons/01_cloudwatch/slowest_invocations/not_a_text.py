# misconception: a query is a list of stages
# expect: must be a text
slowest_query = ['filter @type = "REPORT"', "sort @duration desc", "limit 20"]
