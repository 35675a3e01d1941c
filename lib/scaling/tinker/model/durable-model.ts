import { SearchUnavailable } from "../../../core/errors";
import { connect, type Connection, type ConnectionSettings } from "../calls/connection";
import type { Datum, PassResult } from "../wire/records";
import { isLost } from "./lost-model";
import {
  remoteModel,
  type AdamParams,
  type RemoteLora,
  type RemoteModel,
  type StepResult,
  type Waiting,
} from "./remote-model";
import { session, type Session } from "./session";

/** What a durable model is made of. */
export interface DurableSettings extends ConnectionSettings {
  readonly lora: RemoteLora;
  readonly weights: string | undefined; // a save that it begins with
  readonly keepEvery: number; // optimizer steps between saves of its own
  readonly connectAttempts: number;
  readonly patienceSeconds: number; // that a server may be away
  readonly resultSeconds: number; // that the result of a call may take
}

/** One optimizer step, as it was sent: enough to take it again. */
interface Update {
  readonly data: readonly Datum[];
  readonly loss: string;
  readonly adam: AdamParams;
}

/** A model that outlives its server. */
export interface DurableModel {
  readonly connection: Connection | undefined; // before the first call, there is none
  readonly updates: number; // optimizer steps since the model began or was restored
  /** Connects, if that has not been done. Throws as `connect` does. */
  ready(signal?: AbortSignal): Promise<Connection>;
  forward(data: readonly Datum[], signal?: AbortSignal): Promise<PassResult>;
  /** One optimizer step. It is applied once, whatever the server goes through, or not at all where this throws. */
  step(data: readonly Datum[], loss: string, adam: AdamParams, signal?: AbortSignal): Promise<StepResult>;
  /**
   * Runs `work` with the model and what its newest weights are sampled by. It is run again where the server has lost
   * the model meanwhile.
   */
  sampling<T>(work: (model: RemoteModel, from: object) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Saves weights and moments on the server. Resolves to the path. */
  save(name: string, signal?: AbortSignal): Promise<string>;
  /** Continues from a save; undefined is the untrained model. */
  restore(path: string | undefined, signal?: AbortSignal): Promise<void>;
  /** Ends the session and frees the model's place on the server. */
  dispose(): Promise<void>;
}

/** Attempts that take about `seconds`: pauses double from half a second to 30. */
export const attemptsFor = (seconds: number): number =>
  seconds < 32 ? Math.max(1, Math.ceil(Math.log2(1 + seconds * 2))) : 7 + Math.ceil((seconds - 32) / 30);

/** How long the calls of a model are repeated and waited for. */
export const waitingOf = (
  { patienceSeconds, resultSeconds }: Pick<DurableSettings, "patienceSeconds" | "resultSeconds">,
  signal: AbortSignal | undefined,
): Waiting => ({ attempts: attemptsFor(patienceSeconds), resultSeconds, signal });

/**
 * A model that is made again where the server has lost it: from its last save, with every optimizer step since then
 * taken again in order, from the data that it was taken with. A step of which it is not known whether it was applied is
 * never repeated on the same model, so that nothing is trained twice.
 */
export function durableModel(settings: DurableSettings): DurableModel {
  const { keepEvery, connectAttempts } = settings;
  let connection: Connection | undefined;
  let own: { readonly model: RemoteModel; readonly session: Session } | undefined;
  let making: Promise<RemoteModel> | undefined;
  let published: Promise<object> | undefined;
  let base = settings.weights; // the save that the journal continues
  let journal: Update[] = [];
  let kept: string | undefined; // the newest save of our own; it goes when there is a newer one
  let [models, saves, updates] = [0, 0, 0];
  const waiting = (signal: AbortSignal | undefined): Waiting => waitingOf(settings, signal);

  const ready = async (signal?: AbortSignal): Promise<Connection> =>
    (connection ??= await connect(settings, connectAttempts, signal));

  /** Gives up the model, whose state is not known. */
  const abandon = async (): Promise<void> => {
    const { model, session: old } = own ?? {};
    [own, published] = [undefined, undefined];
    old?.close();
    // Its place is needed for its successor. A server that does not answer, or has no such model, has freed it.
    await model?.unload({ attempts: 1 }).catch(() => undefined);
  };
  const make = async (signal: AbortSignal | undefined): Promise<RemoteModel> => {
    const first = models === 0;
    const wait = first ? { attempts: connectAttempts, signal } : waiting(signal);
    // A server that was started again is asked anew what it serves: skyrl takes any name for the model that it has.
    const connected = first ? await ready(signal) : await connect(settings, waiting(signal).attempts, signal);
    connection = connected;
    const begun = await session(connected, wait);
    try {
      const model = await remoteModel(connected, begun, settings, models++, waiting(signal));
      own = { model, session: begun };
      if (base !== undefined) await model.load(base, waiting(signal));
      for (const { data, loss, adam } of journal) await model.step(data, loss, adam, waiting(signal));
      return model;
    } catch (error) {
      begun.close();
      await abandon();
      throw error;
    }
  };
  /** The model, made where there is none. Calls that come at the same time wait for the same one. */
  const current = (signal: AbortSignal | undefined): Promise<RemoteModel> =>
    own ? Promise.resolve(own.model) : (making ??= make(signal).finally(() => (making = undefined)));

  /** Runs `work` on the model, and again on its successor where the server has lost it. */
  const run = async <T>(work: (model: RemoteModel) => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    for (let losses = 0; ; losses++)
      try {
        return await work(await current(signal));
      } catch (error) {
        if (!isLost(error)) throw error;
        await abandon();
        if (losses < 3) continue;
        throw new SearchUnavailable(
          `the Tinker server at ${settings.url.host}`,
          `it has lost the model ${losses + 1} times in a row: ${error.message}`,
          "See its log; the run goes on from its last checkpoint with { resume: true }.",
          { cause: error, outage: "server" },
        );
      }
  };
  const newest = (model: RemoteModel, signal: AbortSignal | undefined): Promise<object> =>
    (published ??= model.publish(waiting(signal)).catch((error: unknown) => {
      published = undefined;
      throw error;
    }));
  const save = (name: string, signal?: AbortSignal): Promise<string> =>
    run((model) => model.save(name, waiting(signal)), signal);
  const keep = async (signal: AbortSignal | undefined): Promise<void> => {
    const path = await save(`kept-${++saves}`, signal);
    const [old, before] = [kept, base];
    [base, kept, journal] = [path, path, []];
    if (old !== undefined && old === before) await remove(old);
  };
  const remove = async (path: string): Promise<void> => {
    const [, model, name] = /^tinker:\/\/([^/]+)\/weights\/(.+)$/.exec(path) ?? [];
    if (model === undefined) return;
    const place = `training_runs/${model}/checkpoints/weights/${name}`;
    await connection?.call({ path: place, method: "DELETE", attempts: 1 }).catch(() => undefined); // it may stay
  };

  return {
    get connection() {
      return connection;
    },
    get updates() {
      return updates;
    },
    ready,
    forward: (data, signal) => run((model) => model.forward(data, waiting(signal)), signal),
    async step(data, loss, adam, signal) {
      const result = await run(async (model) => {
        try {
          return await model.step(data, loss, adam, waiting(signal));
        } catch (error) {
          await abandon(); // whether it was applied is not known
          throw error;
        }
      }, signal);
      journal.push({ data, loss, adam });
      updates++;
      published = undefined; // an older save is never sampled
      // A save that an outage prevents is tried again after the next step: this one is in the journal.
      if (journal.length >= keepEvery)
        await keep(signal).catch((error: Error) => {
          if (error.name !== "SearchUnavailable" && error.name !== "Interrupted") throw error;
        });
      return result;
    },
    sampling: (work, signal) => run(async (model) => work(model, await newest(model, signal)), signal),
    // servers take letters, digits, "_" and "-"; a name is never used twice
    save: (name, signal) => save(`${name.replace(/[^A-Za-z0-9_-]+/g, "-")}-${++saves}`, signal),
    async restore(path, signal) {
      await abandon();
      [base, kept, journal, updates] = [path, undefined, [], 0];
      await current(signal);
    },
    dispose: abandon,
  };
}
