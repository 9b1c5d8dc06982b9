# misconception: only REPORT lines contain the words Memory Size
# expect: are not what it has
memory_query = """
parse @message "Memory Size: * MB" as size
| parse @message "Max Memory Used: * MB" as peak
| stats max(size) as provisionedMB, max(peak) as usedMB, max(size) - max(peak) as spareMB by @log
"""
