/**
 * The URL of an index: the address of its server and its name. Throws TypeError for an address with a login, since
 * errors and reports print the address.
 */
export function addressOf(url: string, index: string): string {
  if (/^\w+:\/\/[^/?#]*@/.test(url))
    throw new TypeError(
      "OpenSearch: the address holds a login, which errors and reports would show. " +
        'Leave it out, and send it as a header: authorization "Basic …" (of the base64 of user:password).',
    );
  return `${url.replace(/(?<!\/)\/+$/, "")}/${encodeURIComponent(index)}`;
}
