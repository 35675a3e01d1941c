"""Statements a second by Python's sqlite3: reads {"databases": {name: file}, "statements": [[name, sql], …], "rounds": n} from stdin.

`open` keeps every connection; `reference` connects for each statement and runs it in a thread with a time limit, as DeepRetrieval's
func_timeout does. Prints {"open": …, "reference": …, "rows": …, "failed": …}.
"""
import json, sqlite3, sys, threading, time

request = json.load(sys.stdin)
files, statements, rounds = request["databases"], request["statements"], request["rounds"]


def connect(name):
    connection = sqlite3.connect(files[name])
    connection.text_factory = lambda raw: raw.decode("utf8", "replace")
    return connection


def timed(run):
    best, rows, failed = 0.0, 0, 0
    for _ in range(rounds):
        rows = failed = 0
        began = time.perf_counter()
        for name, sql in statements:
            try:
                rows += len(run(name, sql))
            except sqlite3.Error:
                failed += 1
        best = max(best, len(statements) / (time.perf_counter() - began))
    return best, rows, failed


opened = {name: connect(name) for name in files}
fast, rows, failed = timed(lambda name, sql: opened[name].execute(sql).fetchall())


def limited(name, sql):
    found = []

    def work():
        try:
            found.append(connect(name).execute(sql).fetchall())
        except sqlite3.Error as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


slow, _, _ = timed(limited)
print(json.dumps({"open": fast, "reference": slow, "rows": rows, "failed": failed}))
