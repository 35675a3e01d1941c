// The client of Redis' own makers: it reconnects by itself and has types.
import { createClient } from "redis";
import { SearchUnavailable } from "../../../core/errors";
import { veiled } from "../../../core/http/veiled";
import { wallClock } from "../../../core/http/clock";
import type { Exchange } from "../exchange";
import { type Gate, gate, spacing } from "../gate";
import type { Shared } from "./shared";

const keptSeconds = 30 * 24 * 3600; // an answer is asked for again after a month

/**
 * Lets one request leave, or says in how many milliseconds to ask again. Redis runs a script as a whole, so that no two
 * processes can leave at once. Its own clock counts: those of the processes may differ.
 *
 * KEYS: departures (latest first), the end of a pause. ARGV: count, window and distance of `spacing`.
 */
const leaveScript = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + time[2] / 1000
  local due = tonumber(redis.call('GET', KEYS[2]) or '0')
  local nth = redis.call('LINDEX', KEYS[1], ARGV[1] - 1)
  local last = redis.call('LINDEX', KEYS[1], 0)
  if nth then due = math.max(due, tonumber(nth) + ARGV[2]) end
  if last then due = math.max(due, tonumber(last) + ARGV[3]) end
  if due > now then return string.format('%.3f', due - now) end
  redis.call('LPUSH', KEYS[1], string.format('%.3f', now))
  redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
  redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2]) + 1000)
  return '0'`;

/** Makes a pause last at least so many milliseconds from now. KEYS: the end of a pause. ARGV: milliseconds. */
const pauseScript = `
  local time = redis.call('TIME')
  local till = time[1] * 1000 + time[2] / 1000 + ARGV[1]
  if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
    redis.call('SET', KEYS[1], string.format('%.3f', till), 'PX', math.ceil(ARGV[1]) + 1000)
  end`;

/**
 * What replicas share, in a Redis server: the pace of each host, as one atomic script, and the answers, for 30 days. A
 * Redis that goes away later makes searches fail as a network does: they are repeated, and are then an outage. Without
 * it no request leaves, since nobody could say whether it may.
 *
 * @param url "redis://HOST:PORT", with a login and a database where there are any
 * Throws SearchUnavailable where there is no Redis at `url`.
 */
export async function redisShared(url: string): Promise<Shared> {
  const { password, username } = addressOf(url);
  const down = (error: Error): SearchUnavailable =>
    new SearchUnavailable(
      "Redis",
      veiled(error.message || error.name, [password, username]),
      "Start it, correct --redis, or leave it out: then each process keeps a pace of its own.",
      { outage: "network", cause: error },
    );
  let connected = false;
  const client = createClient({
    url,
    disableOfflineQueue: true, // a command that cannot be sent fails at once, and the search is repeated later
    socket: {
      connectTimeout: 5000,
      reconnectStrategy: (tries) => (connected ? Math.min(50 * 2 ** tries, 2000) : false),
    },
  });
  client.on("error", () => undefined); // told to whoever waits for a command; the client reconnects
  await client.connect().catch((error: Error) => {
    throw down(error);
  });
  connected = true;
  const asking = <T>(command: Promise<T>): Promise<T> =>
    command.catch((error: Error) => {
      throw down(error);
    });
  const evaluated = (script: string, keys: string[], ...numbers: number[]) =>
    asking(client.eval(script, { keys, arguments: numbers.map(String) }));
  const gates = new Map<string, Gate>();
  const gateKeys = (host: string) => [`deepretrieval:{${host}}:departures`, `deepretrieval:{${host}}:pause`] as const;
  const replyKey = (key: string): string => `deepretrieval:reply:${key}`;
  return {
    gate(host) {
      const known =
        gates.get(host) ??
        gate(wallClock, {
          async leave(perSecond) {
            const { count, window, distance } = spacing(perSecond);
            return Number(await evaluated(leaveScript, [...gateKeys(host)], count, window, distance));
          },
          // a pause that Redis does not take is no reason to fail: the host asks again
          pause: (ms) => evaluated(pauseScript, [gateKeys(host)[1]], ms).then(noop, noop),
        });
      gates.set(host, known);
      return known;
    },
    store: {
      async get(key) {
        const text = await asking(client.get(replyKey(key)));
        return text === null ? undefined : exchangeIn(text, key);
      },
      async put(exchange) {
        // the answer is there, whether or not others can have it, too
        await client.set(replyKey(exchange.key), JSON.stringify(exchange), { EX: keptSeconds }).then(noop, warned);
      },
    },
    close: async () => client.destroy(),
  };
}

function addressOf(url: string): URL {
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return new URL(url);
  throw new TypeError(`redisShared: "${url.slice(0, 60)}" is no address of a Redis. Write redis://HOST:PORT.`);
}

/** An entry that somebody else wrote, or that is half there, counts as absent. */
function exchangeIn(text: string, key: string): Exchange | undefined {
  try {
    const exchange = JSON.parse(text) as Exchange;
    return exchange.key === key && typeof exchange.reply?.body === "string" ? exchange : undefined;
  } catch {
    return undefined;
  }
}

const noop = (): void => undefined;

let saidSo = false;

/** One warning for a process: an answer could not be shared. */
function warned(error: Error): void {
  if (!saidSo) process.emitWarning(`an answer could not be kept in Redis: ${error.message}`);
  saidSo = true;
}
