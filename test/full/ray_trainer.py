"""A stand-in for verl.trainer.main_ppo on a real Ray: an actor scores by the reward function, logs as verl does, and
saves a checkpoint. No model is trained. RAY_TRAINER is a JSON record: completions [[row, text], …], model, steps,
seconds a step, fails_at, resource."""

import importlib.util
import json
import os
import shutil
import sys
import time

import ray


def value_of(words, key):
    for word in words:
        name, value = word.split("=", 1)
        if name.lstrip("+") == key:
            return value
    raise KeyError(key)


class TaskRunner:
    def run(self, words, plan):
        spec = importlib.util.spec_from_file_location("shim", value_of(words, "reward.custom_reward_function.path"))
        shim = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(shim)
        with open(value_of(words, "data.train_files"), encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        log = open(os.environ["VERL_FILE_LOGGER_PATH"], "wb", buffering=0)
        folder = value_of(words, "trainer.default_local_dir")
        for step in range(1, plan["steps"] + 1):
            scores = []
            for place, text in plan["completions"]:
                row = rows[place]
                result = shim.compute_score(row["data_source"], text, row["reward_model"]["ground_truth"],
                                            row["extra_info"])
                scores.append(result["score"])
            data = {"training/global_step": step, "critic/score/mean": sum(scores) / len(scores)}
            data.update({"critic/score/%d" % i: score for i, score in enumerate(scores)})
            log.write(json.dumps({"step": step, "data": data}).encode() + b"\n")
            print(" - ".join(["step:%d" % step] + ["%s:%s" % pair for pair in data.items()]), flush=True)
            if step == plan.get("fails_at"):
                raise RuntimeError("CUDA out of memory, said the stand-in")
            time.sleep(plan.get("seconds", 0))
        actor = os.path.join(folder, "global_step_%d" % plan["steps"], "actor")
        if plan.get("model"):
            shutil.copytree(plan["model"], os.path.join(actor, "huggingface"), dirs_exist_ok=True)
            with open(os.path.join(folder, "latest_checkpointed_iteration.txt"), "w") as file:
                file.write(str(plan["steps"]))


if __name__ == "__main__":
    ray.init(address="auto")
    plan = json.loads(os.environ["RAY_TRAINER"])
    resources = {plan["resource"]: 1} if plan.get("resource") else {}
    runner = ray.remote(TaskRunner).options(num_cpus=0, resources=resources).remote()
    ray.get(runner.run.remote(sys.argv[1:], plan))
