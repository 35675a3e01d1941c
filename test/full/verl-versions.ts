import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { transformersPython } from "./peer";

/** The versions of verl that PyPI has and that `verlExport` writes for. No 0.10 was released when this was written. */
export const releasedVersions = ["0.7.0", "0.7.1", "0.8.0", "0.9.0", "0.9.1"] as const;
export type Released = (typeof releasedVersions)[number];

/** What verl's data set, reward and configuration modules import, beside torch and transformers. */
const requirements = [
  ...["hydra-core==1.3.2", "omegaconf==2.3.0", "antlr4-python3-runtime==4.9.3", "codetiming", "torchdata==0.11.0"],
  ...["tensordict==0.15.3", "pyvers", "cloudpickle", "pylatexenc", "cachetools", "ray==2.60.0", "msgpack", "protobuf"],
  ...["aiohttp", "aiosignal", "frozenlist", "multidict", "yarl", "propcache", "aiohappyeyeballs", "orjson", "uvloop"],
  ...["jsonschema", "jsonschema-specifications", "referencing", "rpds-py", "attrs", "importlib_metadata", "zipp"],
  ...["datasets==5.2.0", "dill", "multiprocess", "pandas==3.1.1", "python-dateutil", "pytz", "tzdata", "six"],
  ...["pyarrow", "xxhash", "peft==0.21.2", "wandb", "click", "requests", "urllib3", "charset-normalizer", "idna"],
  ...["certifi", "pydantic==2.14.4", "pydantic_core==2.50.5", "annotated-types", "typing-inspection"],
];
/** verl 0.7.0 imports a class that transformers 5 has no more. */
const older = ["transformers==4.57.1", "tokenizers==0.22.1", "huggingface_hub==0.36.0", "datasets==4.4.1"];
const olderToo = ["fsspec==2025.9.0", "dill==0.4.0", "multiprocess==0.70.18"];

/** A Python with a version of verl: its command, and what its PYTHONPATH has to be. */
export interface VerlPython {
  readonly command: string;
  readonly path: (version: Released) => string;
}

/**
 * VERL_HOME names a virtual environment with verl's dependencies; in it, or in .venv/verl, each version lies in a
 * folder of its own, `verl-0.9.1`. Without it they are installed beside the Python of the other peers. Undefined, with
 * a line, where that cannot be done.
 */
export function verlPython(): VerlPython | undefined {
  const home = process.env["VERL_HOME"];
  const command = home ? join(home, "bin/python") : transformersPython();
  if (command === undefined) return undefined;
  const root = home ?? join(__dirname, "../../.venv/verl");
  const all: (readonly [folder: string, wanted: readonly string[]])[] = [
    ...(home ? [] : [["packages", requirements] as const]),
    ["tf4", [...older, ...olderToo]],
    ...releasedVersions.map((version) => [`verl-${version}`, [`verl==${version}`]] as const),
  ];
  for (const [folder, wanted] of all) if (!installed(command, join(root, folder), wanted)) return undefined;
  return {
    command,
    path: (version) =>
      [`verl-${version}`, ...(version === "0.7.0" ? ["tf4"] : []), ...(home ? [] : ["packages"])]
        .map((folder) => join(root, folder))
        .join(delimiter),
  };
}

/** Whether packages lie in a folder, installed there if need be without those that they ask for. */
function installed(command: string, folder: string, wanted: readonly string[]): boolean {
  const stamp = join(folder, `complete-${createHash("sha256").update(wanted.join("\n")).digest("hex").slice(0, 12)}`);
  if (existsSync(stamp)) return true;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder];
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync(command, [...pip, ...wanted], { stdio: ["ignore", "ignore", "pipe"] });
    writeFileSync(stamp, "");
    return true;
  } catch (error) {
    console.log(`skipped: ${wanted.join(", ")} could not be installed: ${String((error as Error).message)}`);
    return false;
  }
}

/** Runs verl_peer.py under a version, and reads its last line. Rewards may be asked of a server of this process. */
export async function askVerl(python: VerlPython, version: Released, folder: string, request: object): Promise<Answer> {
  const { stdout } = await promisify(execFile)(
    python.command,
    [join(__dirname, "verl_peer.py"), folder, JSON.stringify(request)],
    {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      env: { ...process.env, PYTHONPATH: python.path(version), HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" },
    },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Answer;
}

/** A row of verl's data set, with the text that its tokenizer's chat template makes of it. */
export interface ReadRow {
  readonly source: string;
  readonly text: string;
  readonly truth: string;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A reward, or what was raised. */
export interface Rewarded {
  readonly score?: number;
  readonly extra?: Readonly<Record<string, number>>;
  readonly raised?: string;
  readonly why?: string;
}

export interface Answer {
  readonly version: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly validated: { readonly reference?: boolean; readonly critic?: boolean; readonly why?: string };
  readonly order: readonly number[];
  readonly train: readonly ReadRow[];
  readonly validation: readonly ReadRow[];
  readonly [part: string]: unknown;
}
