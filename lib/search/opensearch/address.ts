/**
 * Where an index is: its server's address and its name, as a URL. Throws TypeError for a login in the address: errors
 * and reports name it.
 */
export function addressOf(url: string, index: string): string {
  if (/^\w+:\/\/[^/?#]*@/.test(url))
    throw new TypeError(
      'OpenSearch: the address holds a login, which errors and reports would show. Leave it out, and send it as a header: authorization "Basic …" (of the base64 of user:password).',
    );
  return `${url.replace(/(?<!\/)\/+$/, "")}/${encodeURIComponent(index)}`;
}
