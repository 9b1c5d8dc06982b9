# misconception: server errors are 500, 502, 503 and 504.
# expect: server errors, too
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'http.method = "POST" AND (http.status = 500 OR http.status = 502 OR http.status = 503 OR http.status = 504)',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
