# First the bytes, then the megabytes.
memory_query = """
stats max(@memorySize) as bytes, max(@maxMemoryUsed) as peak by @log
| fields bytes / 1000000 as provisionedMB, peak / 1000000 as usedMB, (bytes - peak) / 1000000 as spareMB
| filter ispresent(bytes)
| display @log, provisionedMB, usedMB, spareMB
"""
