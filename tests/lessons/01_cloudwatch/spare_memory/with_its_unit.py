# misconception: a number carries its unit in the text
# expect: must be numbers
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000 / 1000) as size, max(@maxMemoryUsed / 1000 / 1000) as peak by @log
| fields concat(size, " MB") as provisionedMB, concat(peak, " MB") as usedMB, size - peak as spareMB
| display @log, provisionedMB, usedMB, spareMB
"""
