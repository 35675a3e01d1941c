import { XMLParser, XMLValidator } from "fast-xml-parser";
import { CorruptData } from "../../core/errors";

/** An element of an XML document, or a stretch of text in it. */
type XmlNode = { readonly kind: "text"; readonly text: string } | XmlElement;

export interface XmlElement {
  readonly kind: "element";
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[]; // in document order, spaces kept
}

const parser = new XMLParser({
  preserveOrder: true, // "an <i>in vitro</i> study" keeps its order
  ignoreAttributes: false,
  attributeNamePrefix: "",
  trimValues: false,
  parseTagValue: false, // "007" is a text
  parseAttributeValue: false,
  htmlEntities: true, // numeric references such as &#xe0;
});

/**
 * The root element of an XML document. Nothing outside the document is read: external DTDs are not fetched.
 * Throws CorruptData, naming `source`, for text that is no well-formed XML: cut short, or a web page.
 */
export function readXml(text: string, source: string): XmlElement {
  const valid = XMLValidator.validate(text);
  if (valid !== true)
    throw new CorruptData(
      source,
      `no well-formed XML: ${valid.err.msg.replace(/\.$/, "")} (line ${valid.err.line})`,
      `It begins ${JSON.stringify(text.slice(0, 60))}; fetch it again`,
    );
  const root = (parser.parse(text) as readonly Parsed[])
    .map(nodeOf)
    .find((node): node is XmlElement => node.kind === "element" && !node.name.startsWith("?"));
  if (!root) throw new CorruptData(source, "XML without an element", "Fetch it again");
  return root;
}

/** The parser's record of an element: one key, the element's name, with its children; ":@" holds the attributes. */
type Parsed = Readonly<Record<string, readonly Parsed[] | string | Readonly<Record<string, string>>>>;

function nodeOf(parsed: Parsed): XmlNode {
  const [name, content] = Object.entries(parsed).find(([key]) => key !== ":@")!;
  if (name === "#text") return { kind: "text", text: String(content) };
  return {
    kind: "element",
    name,
    attributes: (parsed[":@"] ?? {}) as Readonly<Record<string, string>>,
    children: (content as readonly Parsed[]).map(nodeOf),
  };
}

/** The child elements called `name`, in order. */
export const children = ({ children: all }: XmlElement, name: string): readonly XmlElement[] =>
  all.filter((node): node is XmlElement => node.kind === "element" && node.name === name);

/** The elements at the end of a path of names, in order: `elements(article, "MeshHeadingList", "MeshHeading")`. */
export const elements = (from: XmlElement, ...path: readonly string[]): readonly XmlElement[] =>
  path.reduce<readonly XmlElement[]>((found, name) => found.flatMap((each) => children(each, name)), [from]);

/** The text of the first element at the end of a path, "" where there is none. */
export const textAt = (from: XmlElement, ...path: readonly string[]): string => {
  const [first] = elements(from, ...path);
  return first ? textOf(first) : "";
};

/** All text inside an element, mark-up dropped, runs of white space as one space. */
export const textOf = (element: XmlElement): string => raw(element).replace(/\s+/g, " ").trim();

const raw = (node: XmlNode): string => (node.kind === "text" ? node.text : node.children.map(raw).join(""));
