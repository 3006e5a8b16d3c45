FACTS: dict = {}
