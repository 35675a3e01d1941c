"""transformers + PyTorch as the peer of trainstep.bench.ts: a JSON request on stdin, JSON on stdout."""
import json
import resource
import sys
import time

import torch
import transformers

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def make(request):
    """A Llama of random weights in float32, written by transformers."""
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**request["config"]))
    model.save_pretrained(request["folder"])
    return {}


def train(request):
    """Cross-entropy of the response tokens, backward, clipping, AdamW: seconds and loss of every step."""
    torch.set_num_threads(request["threads"])
    model = transformers.AutoModelForCausalLM.from_pretrained(request["folder"], dtype=torch.float32)
    model.train()
    model.config.use_cache = False
    optimizer = torch.optim.AdamW(model.parameters(), lr=request["learningRate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    rows = request["sequences"]
    ids = torch.tensor([row["prompt"] + row["response"] for row in rows])
    R = len(rows[0]["response"])
    seconds, losses = [], []
    for _ in range(request["steps"]):
        started = time.perf_counter()
        logits = model(input_ids=ids, logits_to_keep=R + 1).logits[:, :-1]  # only where a response token is predicted, as ours
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, -R:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - started)
    return dict(version=f"transformers {transformers.__version__}, PyTorch {torch.__version__}", parameters=sum(p.numel() for p in model.parameters()), seconds=seconds, losses=losses, peakGB=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9)


request = json.load(sys.stdin)
print(json.dumps({"make": make, "train": train}[request["do"]](request)))
