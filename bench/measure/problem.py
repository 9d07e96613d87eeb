"""What a person can do something about: shown as one sentence, without a traceback."""


class Problem(Exception):
    pass
