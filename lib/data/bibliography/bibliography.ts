import type { Publication } from "../../core/records";
import { readText } from "../files/gzip";
import { readMedline } from "./medline";
import { readPublications } from "./publications";
import { readPubmedXml } from "./pubmed-xml";

/**
 * Bibliographic records from a file, plain or gzipped, in one of three formats: PubMed XML, MEDLINE (nbib) text, or
 * JSON lines. The beginning of the file decides which. Throws CorruptData for a damaged file and for any other format.
 */
export async function readBibliography(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Publication[]> {
  let text = "";
  for await (const piece of readText(file, options)) {
    text += piece;
    if (form(text) === "json") return readPublications(file, options); // streamed; the others are read whole
  }
  return form(text) === "xml"
    ? readPubmedXml(text, file)
    : form(text) === "medline"
      ? readMedline(text, file)
      : readPublications(file, options);
}

function form(text: string): "xml" | "medline" | "json" | "unknown" {
  const start = text.slice(0, 200).replace(/^\ufeff?\s*/, "");
  return start.startsWith("<")
    ? "xml"
    : /^[A-Z]{2,4} *- /.test(start)
      ? "medline"
      : start.startsWith("{")
        ? "json"
        : "unknown";
}
