filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND http.status >= 200 AND http.status < 300',
    "died_early": "fault AND !annotation.version",
}
