import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { sha256Of } from "./checksum";
import { buildGraph, loadGraph, type Graph, type graphDefaults } from "./graph";
import type { StoredVectors } from "./vectors";

/** The graph of an index, beside its vectors; the second file is written last. */
export const graphFiles = { graph: "graph.usearch", meta: "graph.json" } as const;

/** What a graph was made of: a graph of other vectors, or with other neighbours, is not the one asked for. */
interface GraphMeta {
  readonly vectors: string; // sha256
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly sha256: string; // of the graph itself
}

/**
 * The graph of the vectors in `folder`: read where one is saved there that fits, otherwise built and saved. A damaged
 * one does not fit. Where the folder cannot be written to, or has a graph.json that is somebody else's, the graph is
 * only built.
 */
export async function storedGraph(
  folder: string,
  vectors: StoredVectors,
  settings: typeof graphDefaults,
): Promise<Graph> {
  const wanted = { vectors: vectors.sha256, connectivity: settings.connectivity, expansionAdd: settings.expansionAdd };
  if (await fits(folder, wanted))
    return loadGraph(join(folder, graphFiles.graph), vectors.dimensions, vectors.ids.length, settings);
  const graph = await buildGraph(vectors, settings);
  if (isWritable(folder) && isOurs(join(folder, graphFiles.meta))) await save(graph, folder, wanted);
  return graph;
}

async function save(graph: Graph, folder: string, made: Omit<GraphMeta, "sha256">): Promise<void> {
  const file = join(folder, graphFiles.graph);
  const part = `${file}.${process.pid}.tmp`;
  try {
    graph.save(part);
    const handle = openSync(part, "r+");
    fsyncSync(handle);
    closeSync(handle);
    const meta: GraphMeta = { ...made, sha256: await sha256Of(part) };
    rmSync(join(folder, graphFiles.meta), { force: true }); // from here until the end there is no graph
    renameSync(part, file);
    writeAtomic(join(folder, graphFiles.meta), JSON.stringify(meta));
  } finally {
    rmSync(part, { force: true });
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a file may be replaced: it is absent, damaged, or a graph's. */
function isOurs(metaFile: string): boolean {
  if (!existsSync(metaFile)) return true;
  try {
    const meta = JSON.parse(readFileSync(metaFile, "utf8")) as Partial<GraphMeta> | null;
    return typeof meta?.connectivity === "number" && typeof meta.sha256 === "string";
  } catch {
    return readFileSync(metaFile, "utf8").includes('"connectivity"'); // of ours, and damaged
  }
}

async function fits(folder: string, wanted: Omit<GraphMeta, "sha256">): Promise<boolean> {
  const [file, metaFile] = [join(folder, graphFiles.graph), join(folder, graphFiles.meta)];
  if (!existsSync(file) || !existsSync(metaFile)) return false;
  let meta: GraphMeta;
  try {
    meta = JSON.parse(readFileSync(metaFile, "utf8")) as GraphMeta;
  } catch {
    return false; // damaged
  }
  return (
    Object.entries(wanted).every(([name, value]) => meta[name as keyof GraphMeta] === value) &&
    meta.sha256 === (await sha256Of(file))
  );
}
