import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CorruptData } from "../../../core/errors";
import { sizeOf } from "../array-source";
import { blockFormats } from "./dequantise";
import { openRanged, type RangedFile } from "../ranged-file";

/** What @huggingface/gguf makes of a file's head. */
type Head = {
  readonly metadata: Record<string, unknown>;
  readonly tensorInfos: readonly { name: string; shape: readonly bigint[]; dtype: number; offset: bigint }[];
  readonly tensorDataOffset: bigint;
  readonly littleEndian: boolean;
};

/** An array in a file, in Hugging Face's order of axes. */
export interface GgufEntry {
  readonly type: number; // ggml_type
  readonly shape: readonly number[];
  readonly from: number; // first byte, from the beginning of its file
  readonly ranged: RangedFile;
}

/** A GGUF file, or all parts of a split one: heads read and checked, numbers not read. */
export interface GgufParts {
  readonly metadata: Readonly<Record<string, unknown>>; // of the first part
  readonly entries: ReadonlyMap<string, GgufEntry>;
  close(): void;
}

const partName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

/** The names of all parts of a split file, by llama.cpp's convention, if this is the name of one of them. */
export function partsOfGguf(file: string): string[] | undefined {
  const [, prefix, , count] = partName.exec(basename(file)) ?? [];
  return count === undefined
    ? undefined
    : Array.from({ length: Number(count) }, (_, i) => `${prefix}-${String(i + 1).padStart(5, "0")}-of-${count}.gguf`);
}

/**
 * Opens a GGUF file, and of a split one the other parts too, which lie beside the first. Throws CorruptData. The caller
 * closes it.
 */
export async function openGgufParts(file: string): Promise<GgufParts> {
  const opened: RangedFile[] = [];
  const close = () => opened.forEach((ranged) => ranged.close());
  try {
    const open = async (part: string) => {
      const ranged = openRanged(part);
      opened.push(ranged);
      const head = await readHead(part);
      return { head, entries: checked(part, head, ranged) };
    };
    const { head, entries } = await open(file);
    for (const other of otherParts(file, head.metadata)) {
      for (const [name, entry] of (await open(other)).entries) {
        if (entries.has(name))
          throw new CorruptData(
            other,
            `${name} is in another part too`,
            "Copy or download all parts of one model again.",
          );
        entries.set(name, entry);
      }
    }
    const promised = Number(head.metadata["split.tensors.count"] ?? entries.size);
    if (promised !== entries.size)
      throw new CorruptData(
        file,
        `its parts hold ${entries.size} arrays, ${promised} are promised`,
        "Copy or download all parts of one model again.",
      );
    return { metadata: head.metadata, entries, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The parts behind the first. Throws CorruptData if this is not the first, or if one of them is not there. */
function otherParts(file: string, metadata: Record<string, unknown>): string[] {
  const [count, number] = [Number(metadata["split.count"] ?? 1), Number(metadata["split.no"] ?? 0)];
  if (!(count > 1)) return [];
  const names = partsOfGguf(file);
  if (number !== 0)
    throw new CorruptData(
      file,
      `it is part ${number + 1} of ${count} of a split model`,
      `Load the first part, ${names?.[0] ?? "whose name ends in -00001-of-…"}, with the others beside it.`,
    );
  if (names?.length !== count || names[0] !== basename(file))
    throw new CorruptData(
      file,
      `it is the first of ${count} parts, but its name does not say so`,
      `Name the parts NAME-00001-of-${String(count).padStart(5, "0")}.gguf and so on, as they were published, and ` +
        "load the first.",
    );
  const paths = names.slice(1).map((name) => join(dirname(file), name));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length)
    throw new CorruptData(
      file,
      `it is the first of ${count} parts; ${missing.map((path) => basename(path)).join(", ")} ` +
        `${missing.length > 1 ? "are" : "is"} missing`,
      "Load the first part with the others beside it: copy or download them into its folder.",
    );
  return paths;
}

async function readHead(file: string): Promise<Head> {
  const { gguf } = await import("@huggingface/gguf");
  let head: Head;
  try {
    head = (await gguf(file, { allowLocalFile: true })) as unknown as Head;
  } catch (cause) {
    const swapped = await isBigEndian(file);
    throw swapped
      ? bigEndian(file, { cause })
      : new CorruptData(
          file,
          `its head cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
          "Copy or download the file again.",
          { cause },
        );
  }
  if (!head.littleEndian) throw bigEndian(file);
  return head;
}

const bigEndian = (file: string, options?: ErrorOptions) =>
  new CorruptData(
    file,
    "it is a big-endian GGUF file, of a machine such as s390x",
    "Take the little-endian file of this model, or convert it with gguf_convert_endian.py of llama.cpp.",
    options,
  );

/** Whether the version, a small number, has its bytes the other way round. */
async function isBigEndian(file: string): Promise<boolean> {
  const ranged = openRanged(file);
  try {
    if (ranged.size < 8) return false;
    const bytes = ranged.read(0, 8);
    return (
      String.fromCharCode(...bytes.subarray(0, 4)) === "GGUF" &&
      bytes[4] === 0 &&
      bytes[5] === 0 &&
      bytes[6] === 0 &&
      bytes[7]! > 0
    );
  } finally {
    ranged.close();
  }
}

/** Where each array lies, checked to lie within the file and apart from the others. */
function checked(file: string, { tensorInfos, tensorDataOffset }: Head, ranged: RangedFile): Map<string, GgufEntry> {
  const fault = (why: string) => new CorruptData(file, why, "Copy or download the file again.");
  const places: { name: string; from: number; to: number }[] = [];
  const entries = new Map<string, GgufEntry>();
  for (const { name, shape: reversed, dtype: type, offset } of tensorInfos) {
    const shape = [...reversed].reverse().map(Number);
    const format = blockFormats.get(type);
    const rows = shape.at(-1) ?? 1;
    if (entries.has(name)) throw fault(`${JSON.stringify(name.slice(0, 100))} is there twice`);
    if (format && rows % format.weights !== 0)
      throw fault(`${name} [${shape}] is ${format.name}, of which a row takes a multiple of ${format.weights}`);
    // of formats that are not read, only where they begin is checked
    const bytes = format ? (sizeOf(shape) / format.weights) * format.bytes : 0;
    const from = Number(tensorDataOffset) + Number(offset);
    if (!(from + bytes <= ranged.size))
      throw fault(`${name} ends at byte ${from + bytes}, the file has ${ranged.size}: it is truncated`);
    entries.set(name, { type, shape, from, ranged });
    places.push({ name, from, to: from + bytes });
  }
  places.sort((a, b) => a.from - b.from || a.to - b.to);
  for (let i = 1; i < places.length; i++) {
    const [before, own] = [places[i - 1]!, places[i]!];
    if (own.from < before.to)
      throw fault(
        `${own.name} begins at byte ${own.from}, inside of ${before.name}, which ends at ${before.to}: they overlap`,
      );
  }
  return entries;
}
