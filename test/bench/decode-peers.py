"""transformers + PyTorch and llama.cpp as the peers of decode.bench.ts: a JSON request on stdin, JSON on the last line.

  prepare  writes a model as llama.cpp reads it, in float32, and a GGUF model also as transformers does
  transformers, llama.cpp  greedy decoding of a batch, no stopping: seconds to the first token and to the last
"""
import json
import os
import sys
import time


def load(folder, gguf=None):
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **({"gguf_file": gguf} if gguf else {})).eval()


def prepare(request):
    import gguf
    from transformers import AutoTokenizer

    model = load(request["folder"], request.get("gguf"))
    if request.get("gguf"):
        from safetensors.torch import save_file

        del model.config.quantization_config  # save_pretrained refuses what came from a GGUF file
        model.config.save_pretrained(request["to"])
        tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
        save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items() if name not in tied}, os.path.join(request["to"], "model.safetensors"), {"format": "pt"})
        AutoTokenizer.from_pretrained(request["folder"], gguf_file=request["gguf"]).save_pretrained(request["to"])
    c = model.config
    H, K = c.num_attention_heads, c.num_key_value_heads
    writer = gguf.GGUFWriter(os.path.join(request["to"], "f32.gguf"), c.model_type)
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(H)
    writer.add_head_count_kv(K)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_freq_base(c.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(getattr(c, "head_dim", None) or c.hidden_size // H)
    writer.add_vocab_size(c.vocab_size)
    writer.add_tokenizer_model("no_vocab")
    names = {"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
    for name, tensor in model.state_dict().items():
        data = tensor.float().numpy()
        if name.startswith("model.layers."):
            _, _, layer, rest = name.split(".", 3)
            part, kind = rest.rsplit(".", 1)
            heads = {"self_attn.q_proj": H, "self_attn.k_proj": K}.get(part)
            if heads and c.model_type == "llama":  # llama.cpp rotates neighbours, transformers halves
                data = data.reshape(heads, 2, data.shape[0] // heads // 2, *data.shape[1:]).swapaxes(1, 2).reshape(data.shape)
            writer.add_tensor(f"blk.{layer}.{names[part]}.{kind}", data)
        elif name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        else:
            writer.add_tensor({"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}[name], data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {"parameters": sum(p.numel() for p in model.parameters())}


def transformers(request):
    """Four ways: generate(), and a bare loop of forward passes, with a cache that grows and with one of fixed size."""
    import torch
    import transformers
    from transformers import DynamicCache, StaticCache

    torch.set_num_threads(request["threads"])
    model = load(request["folder"])
    ids, N = torch.tensor(request["prompts"]), request["tokens"]
    mask, P = torch.ones_like(ids), ids.shape[1]
    written = {}

    def generate(cache):
        def go(n):
            written["generate"] = model.generate(ids, attention_mask=mask, max_new_tokens=n, eos_token_id=None, do_sample=False, pad_token_id=0, **({"cache_implementation": "static"} if cache == "static" else {}))[:, P:]

        return go

    def loop(kind):
        def go(n):
            cache = StaticCache(config=model.config, max_cache_len=P + N) if kind == "static" else DynamicCache(config=model.config)
            out = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            for _ in range(n - 1):
                out = model(out.logits[:, -1].argmax(-1, keepdim=True), past_key_values=cache, use_cache=True)
            out.logits[:, -1].argmax(-1).tolist()

        return go

    with torch.inference_mode():
        ways = {f"{name.__name__}, {cache} cache": timed(name(cache), N, request["repeats"]) for name in (generate, loop) for cache in ("dynamic", "static")}
    return {"version": f"transformers {transformers.__version__}, PyTorch {torch.__version__.split('+')[0]}", "ways": ways, "tokens": written["generate"].tolist()}


def llama_cpp(request):
    """llama_decode over all sequences at once, float32 weights, its default cache (float16); argmax by numpy."""
    import llama_cpp
    import numpy as np

    prompts, N = request["prompts"], request["tokens"]
    B, P = len(prompts), len(prompts[0])
    llama_cpp.llama_log_set(quiet, None)
    model = llama_cpp.llama_model_load_from_file(request["file"].encode(), llama_cpp.llama_model_default_params())
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch, params.n_seq_max, params.kv_unified = B * (P + N), B * P, 512, B, False
    params.n_threads = params.n_threads_batch = request["threads"]
    context = llama_cpp.llama_init_from_model(model, params)
    V = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    batch = llama_cpp.llama_batch_init(B * P, 0, 1)
    written = {}

    def read(tokens, first):
        """tokens [B][T] from column `first` on; the most likely next of each row."""
        T, wanted = len(tokens[0]), []
        for b, row in enumerate(tokens):
            for t, token in enumerate(row):
                i = b * T + t
                batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = token, first + t, 1, b, t == T - 1
            wanted.append(b * T + T - 1)
        batch.n_tokens = B * T
        assert llama_cpp.llama_decode(context, batch) == 0
        return [int(np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, i), shape=(V,)).argmax()) for i in wanted]

    def go(n):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        newest, rows = read(prompts, 0), []
        for t in range(n - 1):
            rows.append(newest)
            newest = read([[token] for token in newest], P + t)
        written["rows"] = [list(row) for row in zip(*rows, newest)] if rows else [[token] for token in newest]

    seconds = timed(go, N, request["repeats"])
    return {"version": f"llama-cpp-python {llama_cpp.__version__}", "ways": {"llama_decode": seconds}, "tokens": written["rows"]}


def timed(go, N, repeats):
    """Seconds of one token and of all, each of `repeats` times after one to warm up; the tokens written last are all."""
    go(N)
    first, all_ = [], []
    for _ in range(repeats):
        for n, seconds in ((1, first), (N, all_)):
            started = time.perf_counter()
            go(n)
            seconds.append(time.perf_counter() - started)
    return {"first": first, "all": all_}


if __name__ == "__main__":
    request = json.load(sys.stdin)
    if request["do"] == "llama.cpp":
        import llama_cpp as library

        @library.llama_log_callback
        def quiet(level, text, data):
            pass

    print(json.dumps({"prepare": prepare, "transformers": transformers, "llama.cpp": llama_cpp}[request["do"]](request)))
