"""What a version of verl makes of an export, without a GPU: verl_peer.py FOLDER REQUEST.

FOLDER is what verlExport wrote; its model is a folder with a tokenizer. REQUEST is JSON: {"responses", "managers" and
"legacy" (names of reward managers), "overrides" (further arguments), "also" (folders that are only composed)}. The last
line of the output is the answer as JSON.
"""

import asyncio
import inspect
import json
import os
import sys

import hydra
import numpy
import torch
import verl
from omegaconf import OmegaConf
from tensordict import TensorDict
from verl import DataProto

folder, request = sys.argv[1], json.loads(sys.argv[2])
answer = {"version": getattr(verl, "__version__", "")}


def words_of(place):
    with open(os.path.join(place, "verl.json"), encoding="utf-8") as file:
        return json.load(file)["arguments"]


def key_of(word):
    return word.split("=", 1)[0].lstrip("+")


def part(name, work):
    """Runs one part. What it raises is part of the answer: how far a version goes."""
    try:
        answer[name] = work()
    except Exception as error:
        answer[name] = {"raised": type(error).__name__, "why": str(error)[:600]}
    return answer[name]


def composed(words):
    """The configuration of launch arguments, by the version's own YAML files."""
    place = os.path.join(os.path.dirname(verl.__file__), "trainer", "config")
    with hydra.initialize_config_dir(config_dir=place, version_base=None):
        config = hydra.compose("ppo_trainer", overrides=words)
    OmegaConf.to_container(config, resolve=True)
    return config


def values(words):
    """What every key of the arguments is in the composed configuration."""
    made = composed(words)
    found = {key: OmegaConf.select(made, key, throw_on_missing=True) for key in map(key_of, words)}
    return {key: OmegaConf.to_container(it) if OmegaConf.is_config(it) else it for key, it in found.items()}


def validated(config):
    from verl.trainer.ppo import utils
    from verl.utils.config import validate_config

    asks = utils.need_reference_policy
    if list(inspect.signature(asks).parameters)[0] == "config":
        reference = bool(asks(config))
    else:  # up to 0.7 the roles are asked, which follow from this
        reference = bool(config.algorithm.use_kl_in_reward or config.actor_rollout_ref.actor.use_kl_loss)
    critic = bool(utils.need_critic(config))
    validate_config(config=config, use_reference_policy=reference, use_critic=critic)
    return {"reference": reference, "critic": critic}


part("keys", lambda: values(words_of(folder)))
for place in request.get("also", []):
    part("keys " + place, lambda: values(words_of(place)))
    part("validated " + place, lambda: validated(composed(words_of(place))))
config = composed(words_of(folder) + request.get("overrides", []))

main = open(os.path.join(os.path.dirname(verl.__file__), "trainer", "main_ppo.py"), encoding="utf-8").read()
if "migrate_legacy_reward_impl(config)" in main:  # 0.7.1 and 0.8 do this before all else
    from verl.experimental.reward_loop import migrate_legacy_reward_impl

    config = migrate_legacy_reward_impl(config)

part("validated", lambda: validated(config))

from verl.utils import hf_tokenizer  # noqa: E402

tokenizer = hf_tokenizer(config.actor_rollout_ref.model.path, trust_remote_code=False)

try:
    from verl.trainer.main_ppo import create_rl_dataset, create_rl_sampler
except ImportError:
    from verl.trainer.ppo.utils import create_rl_dataset, create_rl_sampler


def rows(files, order):
    def read():
        dataset = create_rl_dataset(files, config.data, tokenizer, None)
        read_rows = [dataset[i] for i in range(len(dataset))]
        answer[order] = list(create_rl_sampler(config.data, dataset))
        return [
            {
                "source": row["data_source"],
                "text": tokenizer.apply_chat_template(row["raw_prompt"], add_generation_prompt=True, tokenize=False),
                "truth": row["reward_model"]["ground_truth"],
                "extra": row["extra_info"],
            }
            for row in read_rows
        ]

    return read


train = part("train", rows(config.data.train_files, "order"))
part("validation", rows(config.data.val_files, "order of validation"))


def batch(row, text):
    """One response to a row, as the rollout hands it to the reward manager."""
    prompt = tokenizer(row["text"], return_tensors="pt", add_special_tokens=False)["input_ids"]
    written = text or tokenizer.eos_token  # an empty response is the token that ends it
    response = tokenizer(written, return_tensors="pt", add_special_tokens=False)["input_ids"]
    ids = torch.cat([prompt, response], dim=1)
    tensors = TensorDict(
        {
            "prompts": prompt,
            "responses": response,
            "input_ids": ids,
            "attention_mask": torch.ones_like(ids),
            "position_ids": torch.arange(ids.shape[1])[None],
        },
        batch_size=[1],
    )
    fields = {
        "data_source": row["source"],
        "reward_model": {"style": "rule", "ground_truth": row["truth"]},
        "extra_info": dict(row["extra"]),
    }
    rows = {name: numpy.array([it], dtype=object) for name, it in fields.items()}
    return DataProto(batch=tensors, non_tensor_batch=rows)


def plain(it):
    return it.item() if hasattr(it, "item") else it


def looped(name):
    """The version's reward loop: one sample at a time, as it streams them while others are still being written."""
    from verl.experimental.reward_loop.reward_manager import get_reward_manager_cls

    try:
        from verl.trainer.ppo.reward import get_custom_reward_fn
    except ImportError:
        from verl.trainer.ppo.reward_loop import get_custom_reward_fn
    made = get_reward_manager_cls(name)(config, tokenizer, compute_score=get_custom_reward_fn(config))

    async def one(text):
        try:
            result = await made.run_single(batch(train[0], text))
        except Exception as error:
            return {"raised": type(error).__name__, "why": str(error)[:300]}
        extra = {key: plain(it) for key, it in result.get("reward_extra_info", {}).items()}
        return {"score": plain(result["reward_score"]), "extra": extra}

    async def every():
        return [await one(text) for text in request["responses"]]

    return made.loop.run_until_complete(every()) if hasattr(made, "loop") else asyncio.run(every())


def legacy(name):
    """The reward manager of a whole batch, which verl had before its reward loop."""
    from verl.trainer.ppo.reward import get_custom_reward_fn
    from verl.workers.reward_manager import get_reward_manager_cls

    made = get_reward_manager_cls(name)(
        tokenizer=tokenizer, num_examine=0, compute_score=get_custom_reward_fn(config), reward_fn_key="data_source"
    )
    results = []
    for text in request["responses"]:
        try:
            result = made(batch(train[0], text), return_dict=True)
            extra = {key: plain(it[0]) for key, it in result["reward_extra_info"].items()}
            results.append({"score": float(result["reward_tensor"].sum()), "extra": extra})
        except Exception as error:
            results.append({"raised": type(error).__name__, "why": str(error)[:300]})
    return results


for name in request.get("managers", []):
    part("loop " + name, lambda: looped(name))
for name in request.get("legacy", []):
    part("legacy " + name, lambda: legacy(name))
print("\n" + json.dumps(answer, default=str))
