# misconception: any absent annotation shows that no code ran.
# expect: Another annotation is absent
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.tier",
}
