import { coldstart } from "../models/coldstart";
import { model } from "../models/model";
import { doctor } from "../doctor/doctor";
import { data } from "../data/data";
import { exportVerl } from "../exporting/export-verl";
import { rayJobs } from "../exporting/ray-jobs";
import { prepareData } from "../data/prepare";
import { kernelCheck } from "../kernel/kernel-check";
import { kernelInstall, kernelUninstall } from "../kernel/kernel-install";
import { lab } from "../notebooks/lab";
import { nbCheck } from "../notebooks/nb-check";
import { nbHtml } from "../notebooks/nb-html";
import { nbRun } from "../notebooks/nb-run";
import { nbStrip } from "../notebooks/nb-strip";
import { nbFromTs, nbToTs } from "../notebooks/nb-text";
import { reproduce } from "../notebooks/reproduce";
import { start } from "../notebooks/start";
import { score } from "../scoring/score";
import { evalIr } from "../searching/eval-ir";
import { indexBuild } from "../searching/index-build";
import { mcp } from "../serving/mcp";
import { rewrite } from "../serving/rewrite";
import { serve } from "../serving/serve";
import { search } from "../searching/search";
import type { Command } from "./command";

/** Every command of `deepretrieval`, in the order of the overview. A new one is a new line. */
export const commands: readonly Command[] = [
  start,
  doctor,
  lab,
  kernelInstall,
  kernelUninstall,
  kernelCheck,
  nbRun,
  nbCheck,
  nbStrip,
  nbHtml,
  nbToTs,
  nbFromTs,
  reproduce,
  prepareData,
  data,
  model,
  coldstart,
  exportVerl,
  rayJobs,
  indexBuild,
  search,
  evalIr,
  score,
  rewrite,
  serve,
  mcp,
];
