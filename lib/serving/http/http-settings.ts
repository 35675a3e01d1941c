import { above, anything, filledText, oneOf, whole, type Range, within } from "../../core/ranges";
import { settings } from "../../core/settings";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** How a server listens, and the limits of a request. */
export interface HttpSettings {
  /** the address to listen at; the default can be reached from this machine only */
  readonly host: string;
  /** 0 takes any free port */
  readonly port: number;
  /** bytes of a body at most */
  readonly bodyLimit: number;
  /** seconds in which the headers of a request must have come */
  readonly headerSeconds: number;
  /** seconds in which a whole request must have come */
  readonly requestSeconds: number;
  /** seconds that requests in flight get to finish when the server closes */
  readonly graceSeconds: number;
  /** how much is logged */
  readonly logLevel: (typeof logLevels)[number];
  /** what every request but one for /health must bring; "" asks for none */
  readonly apiKey: string;
}

export const httpDefaults: HttpSettings = {
  host: "127.0.0.1",
  port: 8000,
  bodyLimit: 1024 * 1024,
  headerSeconds: 10,
  requestSeconds: 30,
  graceSeconds: 30,
  logLevel: "info",
  apiKey: "",
};

export const httpRanges: Readonly<Record<keyof HttpSettings, Range>> = {
  host: filledText,
  port: { fits: (value) => within(0, 65535).fits(value) && Number.isInteger(value), what: "a port from 0 to 65535" },
  bodyLimit: whole(1),
  headerSeconds: above(0),
  requestSeconds: above(0),
  graceSeconds: above(0),
  logLevel: oneOf(...logLevels),
  apiKey: anything,
};

/** The settings with the defaults filled in. Throws RangeError or TypeError with name and value. */
export const httpSettings = (given: Partial<HttpSettings>): HttpSettings =>
  settings("serve", httpDefaults, given, httpRanges);
