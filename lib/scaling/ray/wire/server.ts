import { existsSync, readFileSync } from "node:fs";
import { projectPath } from "../../../data/paths";

/** A cluster's dashboard, and how it is spoken to. */
export interface RayServer {
  readonly name: string; // for errors: "Ray at HOST"
  readonly base: string; // the address without a slash at its end
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined; // certificates in PEM format
  readonly attempts: number;
  readonly timeoutSeconds: number;
}

/** What `rayServer` is told. */
interface RayServerOptions {
  readonly token: string;
  readonly ca: string;
  readonly attempts: number;
  readonly timeoutSeconds: number;
}

/**
 * The server at an address. A path stays, since a proxy may have Ray below one; slashes at its end are left out.
 * Throws TypeError for an address that is none, with one that is.
 */
export function rayServer(url: string, { token, ca, ...limits }: RayServerOptions): RayServer {
  const address = addressOf(url);
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new TypeError("ray: the token has characters that no token has, such as a line end. Trim it.");
  return {
    name: `Ray at ${address.host}`,
    base: address.href.replace(/\/+$/, ""),
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
    ca: ca === "" ? undefined : certificates(ca),
    ...limits,
  };
}

function addressOf(url: string): URL {
  const like = 'Write the address of its dashboard, like "http://10.0.0.5:8265".';
  if (/^ray:\/\//i.test(url))
    throw new TypeError(`ray: ${JSON.stringify(url)} is the address of Ray Client, which takes no jobs. ${like}`);
  if (typeof url !== "string" || !/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new TypeError(`ray: ${JSON.stringify(url)} is no address that begins with http:// or https://. ${like}`);
  const address = new URL(url);
  if (address.username || address.password || address.search || address.hash)
    throw new TypeError(
      `ray: the address at ${address.host} has a login or parameters in it, which errors would show. Pass { token }.`,
    );
  return address;
}

function certificates(ca: string): string {
  if (ca.includes("-----BEGIN")) return ca;
  const file = projectPath(ca);
  if (!existsSync(file))
    throw new TypeError(`ray: ca is ${JSON.stringify(ca)}, and there is no such file. Name a file in PEM format.`);
  return readFileSync(file, "utf8");
}
