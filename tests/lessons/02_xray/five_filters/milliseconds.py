# misconception: X-Ray counts milliseconds.
# expect: slow_payment should find 6 of the morning's traces, not 0
filters = {
    "slow_payment": 'service("payment") { responsetime > 2000 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
