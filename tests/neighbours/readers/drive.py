"""One token a line; each is answered by the subject that reader.py of docs/readers.md found, or "-"."""
import sys

sys.path.insert(0, sys.argv[1])
import reader

for line in sys.stdin:
    try:
        answer = reader.verify(line.rstrip("\n"))["sub"]
    except Exception as error:
        answer = f"- {error!r}"
    print(answer.replace("\n", " "), flush=True)
