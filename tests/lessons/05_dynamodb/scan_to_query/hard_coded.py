# misconception: the visible answer is the answer
# expect: You found [], not all of them
def find_open(table: str, customer: str, since: str) -> list[str]:
    return ["o-1"] if customer == "c-7" else []
