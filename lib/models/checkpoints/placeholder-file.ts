/**
 * Describes a file that was downloaded in place of the wanted one: a Git LFS pointer or a web page. The first bytes of
 * the file show it.
 */
interface PlaceholderFile {
  readonly why: string;
  readonly fix: string; // a sentence
}

/** Returns undefined unless the first bytes are those of a placeholder. */
export function placeholderFile(first: Uint8Array): PlaceholderFile | undefined {
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
