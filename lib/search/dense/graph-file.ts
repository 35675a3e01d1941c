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

/** The files of a graph beside the vectors of an index. The second one is written last. */
const graphFiles = { graph: "graph.usearch", meta: "graph.json" } as const;

/** What a graph was built from. A graph of other vectors, or with other settings, does not fit. */
interface GraphMeta {
  readonly vectors: string; // sha256
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly sha256: string; // of the graph itself
}

/**
 * The graph of the vectors in `folder`. A saved graph that fits and is not damaged is read. Otherwise the graph is
 * built and saved. If the folder cannot be written, or holds a graph.json of another origin, the graph is built and not
 * saved.
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
    rmSync(join(folder, graphFiles.meta), { force: true }); // from here until the end the folder holds no graph
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

/** Whether a file may be replaced: it is absent, damaged, or describes a graph. */
function isOurs(metaFile: string): boolean {
  if (!existsSync(metaFile)) return true;
  try {
    const meta = JSON.parse(readFileSync(metaFile, "utf8")) as Partial<GraphMeta> | null;
    return typeof meta?.connectivity === "number" && typeof meta.sha256 === "string";
  } catch {
    return readFileSync(metaFile, "utf8").includes('"connectivity"'); // a damaged file of this library
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
