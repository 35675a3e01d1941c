"""Calls a reward server with the Python clients of other projects, unchanged. Prints one line of JSON.

    reward_clients.py CLIENT URL GOOD BAD      GOOD and BAD are completions of the problem p1
"""

import asyncio
import importlib.util
import json
import sys
import types


def openenv(url, good, bad):
    from openenv.core.generic_client import GenericEnvClient

    seen = []
    with GenericEnvClient(base_url=url).sync() as env:
        for completion in (good, bad, "no answer"):
            begun = env.reset(problem="p1")
            result = env.step({"completion": completion})
            seen.append([begun.done, result.reward, result.done, result.observation["kind"]])
        state = env.state()
        try:
            env.step({"completion": good})
        except RuntimeError as error:
            seen.append(str(error))
        return {"seen": seen, "problem": state["problem"], "prompt": begun.observation["prompt"]}


def openenv_outage(url, good, bad):
    from openenv.core.generic_client import GenericEnvClient

    with GenericEnvClient(base_url=url).sync() as env:
        env.reset(problem="p1")
        result = env.step({"completion": good})
        return [result.reward, result.done, result.observation["kind"]]


def nemo_gym(url, good, bad):
    """What an agent of NeMo Gym does, with its own client and its own records."""
    from nemo_gym import server_utils as gym
    from nemo_gym.base_resources_server import BaseVerifyResponse
    from nemo_gym.config_types import AggregateMetrics

    def response(text):
        return {"id": "r", "created_at": 0, "model": "m", "object": "response", "parallel_tool_calls": True,
                "tool_choice": "auto", "tools": [], "output": [
                    {"type": "message", "id": "m", "role": "assistant", "status": "completed",
                     "content": [{"type": "output_text", "text": text, "annotations": []}]}]}

    async def rollout(text):
        row = {"responses_create_params": {"input": [{"role": "user", "content": "q"}]}, "label": "p1"}
        seeded = await gym.request("POST", url + "/seed_session", json=row)
        await gym.raise_for_status(seeded)
        tool = await gym.request("POST", url + "/run_query", json={"query": "good"}, cookies=seeded.cookies)
        verified = await gym.request("POST", url + "/verify", json={**row, "response": response(text)},
                                     cookies=tool.cookies)
        if not verified.ok:
            return [verified.status, (await gym.get_response_json(verified))["_ng_failure_class"]]
        answer = BaseVerifyResponse.model_validate(await gym.get_response_json(verified))
        return [(await gym.get_response_json(tool)).get("hits"), answer.reward]

    async def main():
        gym.set_global_aiohttp_client(gym.GlobalAIOHTTPAsyncClientConfig())
        rows = [await rollout(text) for text in (good, bad, "no answer")]
        body = {"verify_responses": [{"_ng_task_index": 0, "reward": row[1]} for row in rows if row[0] != 503]}
        aggregated = await gym.request("POST", url + "/aggregate_metrics", json=body)
        metrics = AggregateMetrics.model_validate(await gym.get_response_json(aggregated))
        return {"rows": rows, "mean": metrics.key_metrics.get("mean/reward")}

    return asyncio.run(main())


def openrlhf(url, good, bad):
    """OpenRLHF's own executor asks; its logger and the rest of the package stay out."""
    root = importlib.util.find_spec("openrlhf").submodule_search_locations[0]
    for name, path in (("openrlhf", root), ("openrlhf.utils", root + "/utils")):
        module = types.ModuleType(name)
        module.__path__ = [path]
        sys.modules[name] = module
    logging_utils = types.ModuleType("openrlhf.utils.logging_utils")
    logging_utils.init_logger = __import__("logging").getLogger
    sys.modules["openrlhf.utils.logging_utils"] = logging_utils
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    executor = SingleTurnAgentExecutor(url + "/openrlhf")
    prompt = "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n<think>"

    async def ask(completion):
        try:
            [info] = await executor._fetch_rewards_via_http([prompt + completion + "<|im_end|>"], [prompt], ["p1"])
            return [info["rewards"], info["scores"]]
        except RuntimeError as error:
            return str(error)

    return [asyncio.run(ask(completion)) for completion in (good, bad, "no answer")]


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
