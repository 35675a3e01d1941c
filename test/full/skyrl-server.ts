import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { untrained } from "../../lib/models/policy";
import { policyVariables } from "../../lib/training/run-folder/named-variables";
import { tinyTokenizer } from "../fixtures";
import { freePort } from "../free-port";

/** A real server of the Tinker API on a CPU, in a process group of its own. */
export class SkyrlServer {
  readonly folder = mkdtempSync(join(tmpdir(), "skyrl-"));
  readonly model = join(this.folder, "tiny");
  private port = 0;
  private child: ChildProcess | undefined;
  constructor(
    readonly python: string,
    readonly script: "skyrl_server.py" | "skyrl_tx_server.py",
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it on a free port, or again on the one that it had. */
  async start(): Promise<void> {
    this.port ||= await freePort();
    const settings = {
      ...{ max_lora_adapters: 4, max_lora_rank: 8 },
      ...{ sample_max_num_sequences: 32, train_micro_batch_size: 32 }, // else every number of rows is compiled anew
    };
    this.child = spawn(
      this.python,
      [
        ...[join(__dirname, this.script), "api", "--base-model", this.model, "--backend", "jax"],
        ...["--backend-config", JSON.stringify(settings), "--checkpoints-base", join(this.folder, "checkpoints")],
        ...["--database-url", `sqlite:///${join(this.folder, "db.sqlite")}`],
        ...["--host", "127.0.0.1", "--port", String(this.port)],
      ],
      {
        detached: true, // a group of its own: the engine ends with it
        stdio: "ignore",
        env: {
          ...process.env,
          JAX_PLATFORMS: "cpu",
          JAX_COMPILATION_CACHE_DIR: join(this.folder, "compiled"),
          JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: "0",
        },
      },
    );
    for (let tries = 0; !(await this.answers()); tries++) {
      assert.ok(tries < 240, `${this.script} does not start`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  private answers(): Promise<boolean> {
    return fetch(`${this.url}/api/v1/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Ends it without a word, as a power cut does. */
  kill(): void {
    if (this.child?.pid) process.kill(-this.child.pid, "SIGKILL");
    this.child = undefined;
  }

  /**
   * Writes the model that it serves: an untrained Qwen3 of two layers. Its embedding is eight times as large as usual,
   * since the output projection is the embedding and is never trained: with a small one no token could become likely.
   */
  writeModel(): void {
    const config = {
      ...{ vocab_size: 300, hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
      ...{ head_dim: 16, intermediate_size: 128, rms_norm_eps: 1e-6, rope_theta: 10000, max_position_embeddings: 512 },
    };
    const small = untrained({ ...config, model_type: "qwen3" }, tinyTokenizer, 7);
    const embedding = policyVariables(small)["embed"]!;
    const larger = embedding.mul(8);
    embedding.assign(larger);
    larger.dispose();
    small.save(this.model);
    small.dispose();
    const described = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "<|im_end|>" };
    writeFileSync(join(this.model, "tokenizer_config.json"), JSON.stringify(described));
  }
}
