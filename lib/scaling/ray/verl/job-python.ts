import { mark } from "../log/metrics";

/**
 * The Python that runs an exported verl run as a job: it copies the files to the folder that the arguments name, starts
 * run.sh, and repeats each row of verl's file logger in the log of the job, with all digits. It needs nothing but
 * Python's standard library. Rows are not promised before the file is there, since verl may write it on another node.
 */
export const jobPython = `"""Runs run.sh of an export, and repeats the rows of verl's file logger in the job's log."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

FOLDER = os.environ["DEEPRETRIEVAL_FOLDER"]
METRICS = os.environ["VERL_FILE_LOGGER_PATH"]
MARK = ${JSON.stringify(mark)}


def say(record):
    sys.stdout.write(MARK + record + "\\n")
    sys.stdout.flush()


def place():
    """Copies the files of the job to the folder that all nodes share: the job's own folder is deleted afterwards."""
    os.makedirs(os.path.dirname(METRICS), exist_ok=True)
    if os.path.realpath(FOLDER) == os.path.realpath("."):
        return
    for name in sorted(os.listdir(".")):
        if os.path.isfile(name):
            part = os.path.join(FOLDER, ".%s.%d" % (name, os.getpid()))
            shutil.copyfile(name, part)
            os.replace(part, os.path.join(FOLDER, name))


def repeat(ended):
    """Repeats whole lines of the metrics until the run has ended."""
    file, open_line = None, b""
    while True:
        over = ended.is_set()  # what was written before is read once more
        if file is None and os.path.exists(METRICS):
            file = open(METRICS, "rb")
            say(json.dumps({"kind": "metrics"}))
        if file is not None:
            lines = (open_line + file.read()).split(b"\\n")
            open_line = lines.pop()
            for line in lines:
                if line.strip():
                    say(line.decode("utf-8", "replace"))
        if over:
            return
        time.sleep(0.5)


def main():
    place()
    ended = threading.Event()
    repeater = threading.Thread(target=repeat, args=(ended,), daemon=True)
    repeater.start()
    run = subprocess.Popen(["bash", os.path.join(FOLDER, "run.sh")])
    signal.signal(signal.SIGTERM, lambda *_: run.terminate())
    code = run.wait()
    ended.set()
    repeater.join(5)
    sys.exit(code if code >= 0 else 128 - code)


main()
`;
