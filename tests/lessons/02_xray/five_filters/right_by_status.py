filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'http.status >= 500 http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'http.status < 300 AND service("payment") { fault }',
    "died_early": "http.status > 499 AND !annotation.version",
}
