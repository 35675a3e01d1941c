/** What came in place of a file, told by how it begins: a pointer of Git LFS, or a page. */
export interface StandIn {
  readonly why: string;
  readonly fix: string; // a sentence
}

/** Undefined if the file may be what its name says. */
export function standIn(first: Uint8Array): StandIn | undefined {
  const text = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 200)).toString("latin1").trimStart();
  if (text.startsWith("version https://git-lfs.github.com/spec/")) {
    return {
      why: "it is a pointer of Git LFS, not the file itself",
      fix: "Run git lfs pull in its folder, or download the file.",
    };
  }
  if (/^<(!doctype|html|\?xml)/i.test(text))
    return {
      why: "it is a web page, not the file itself",
      fix: "Download the file again: from the hub, the address has /resolve/ in it.",
    };
  return undefined;
}
