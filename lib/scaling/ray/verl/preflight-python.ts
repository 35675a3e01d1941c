import { mark } from "../log/metrics";

/**
 * The Python of the preflight: compute_score of the export scores the samples on the node that runs the job, and one of
 * them on every other node, since the workers of a trainer are everywhere. It also says whether all nodes share the
 * folder of the run.
 */
export const preflightPython = `"""Scores samples with reward_shim.py on the nodes of a cluster. It takes no GPU."""

import json
import os
import socket
import sys
import time

import reward_shim

FOLDER = os.environ["DEEPRETRIEVAL_FOLDER"]
MARK = ${JSON.stringify(mark)}


def say(record):
    sys.stdout.write(MARK + json.dumps(record) + "\\n")
    sys.stdout.flush()


def score(row):
    try:
        return {"result": reward_shim.compute_score(attempts=2, timeout=60.0, **row)}
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}


def elsewhere(row, probe):
    """What another node says: its reward of a row, and whether it sees the file of the first node."""
    return {"host": socket.gethostname(), "shared": os.path.exists(probe), **score(row)}


def main():
    with open("samples.json", encoding="utf-8") as file:
        rows = json.load(file)
    for place, row in enumerate(rows):
        scored = score(row)
        say({"kind": "sample", "place": place, **scored})
        if "error" in scored and place == 0 and scored["error"].startswith("RewardUnavailable"):
            break  # the others would wait for the same server
    probe = os.path.join(FOLDER, ".preflight-%d" % os.getpid())
    try:
        os.makedirs(FOLDER, exist_ok=True)
        with open(probe, "w") as file:
            file.write(str(time.time()))
    except OSError as error:
        say({"kind": "node", "address": socket.gethostname(), "shared": False, "error": str(error)})
        return say({"kind": "over"})
    try:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as On

        ray.init(address="auto", log_to_driver=False)
        own = ray.get_runtime_context().get_node_id()
        remote = ray.remote(elsewhere)
        for node in ray.nodes():
            if not node["Alive"] or node["NodeID"] == own:
                continue
            address = node["NodeManagerAddress"]
            task = remote.options(num_cpus=0, scheduling_strategy=On(node_id=node["NodeID"], soft=False))
            try:
                said = ray.get(task.remote(rows[0], probe), timeout=90)
                say({"kind": "node", "address": address, **said})
            except Exception as error:
                say({"kind": "node", "address": address, "shared": None, "error": str(error)[-300:]})
    finally:
        os.remove(probe)
    say({"kind": "over"})


main()
`;
