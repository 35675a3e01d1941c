import { mark } from "../log/metrics";

/**
 * The Python that offers the files of a run: it links them into the log folder of its node, which Ray's dashboard hands
 * out byte by byte, and lists them with their checksums. Shards of a checkpoint become one model first, by verl's own
 * program.
 */
export const filesPython = `"""Lists metrics and a checkpoint of a run, and links them to where Ray gives them out."""

import glob
import hashlib
import json
import os
import subprocess
import sys

FOLDER = os.environ["DEEPRETRIEVAL_FOLDER"]
STEP = os.environ["DEEPRETRIEVAL_STEP"]  # "latest", a number, or "none"
NAME = os.environ["DEEPRETRIEVAL_OFFER"]
MARK = ${JSON.stringify(mark)}


def say(**record):
    sys.stdout.write(MARK + json.dumps(record) + "\\n")
    sys.stdout.flush()


def log_folder():
    """The folder of the log that this process writes to."""
    log = os.path.realpath("/proc/self/fd/1")
    if os.path.basename(os.path.dirname(log)) == "logs":
        return os.path.dirname(log)
    return os.path.realpath(".").split("/runtime_resources/")[0] + "/logs"


def offer(path, name, links):
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while True:
            block = file.read(1 << 20)
            if not block:
                break
            digest.update(block)
            size += len(block)
    link = "%s/%d" % (NAME, len(links))
    links.append(link)
    at = os.path.join(log_folder(), link)
    os.makedirs(os.path.dirname(at), exist_ok=True)
    if os.path.lexists(at):
        os.remove(at)
    os.symlink(os.path.realpath(path), at)
    say(kind="file", path=name, bytes=size, sha256=digest.hexdigest(), link=link)


def latest():
    try:
        with open(os.path.join(FOLDER, "checkpoints", "latest_checkpointed_iteration.txt")) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def model_folder(actor):
    """The folder of a checkpoint that holds a whole model, as transformers reads it; None where there is none."""
    for name in ("merged", "huggingface"):
        if glob.glob(os.path.join(actor, name, "*.safetensors")):
            return os.path.join(actor, name)
    if not glob.glob(os.path.join(actor, "model_world_size_*_rank_*.pt")):
        return None
    merged = os.path.join(actor, "merged")
    command = [sys.executable, "-m", "verl.model_merger", "merge", "--backend", "fsdp",
               "--local_dir", actor, "--target_dir", merged + ".part"]
    done = subprocess.run(command, stdout=sys.stderr)
    if done.returncode != 0:
        say(kind="none", why="verl.model_merger ended with %d on %s" % (done.returncode, actor))
        return None
    os.replace(merged + ".part", merged)
    return merged


def main():
    links = []
    for path in sorted(glob.glob(os.path.join(FOLDER, "metrics", "*.jsonl"))):
        offer(path, "metrics/" + os.path.basename(path), links)
    step = latest() if STEP == "latest" else None if STEP == "none" else int(STEP)
    if step is not None:
        actor = os.path.join(FOLDER, "checkpoints", "global_step_%d" % step, "actor")
        if not os.path.isdir(actor):
            say(kind="none", why="there is no %s" % actor)
        else:
            model = model_folder(actor)
            for name, root in (("checkpoint", model), ("lora_adapter", os.path.join(actor, "lora_adapter"))):
                for path in sorted(glob.glob(os.path.join(root or "/nothing", "*"))):
                    if os.path.isfile(path):
                        offer(path, "%s/%s" % (name, os.path.basename(path)), links)
    say(kind="over", step=step, files=len(links))


main()
`;
