// The parts of a browser's page that tests read. TypeScript's own `dom` library declares a browser's AbortSignal, URL,
// streams and timers as well, in place of Node's. lib/, which the tests import, is written for those of Node.

/** What `querySelectorAll` finds. */
type Elements<Kind extends Element = Element> = ArrayLike<Kind> & Iterable<Kind>;

interface Element {
  readonly id: string;
  readonly tagName: string;
  readonly textContent: string | null;
  readonly innerHTML: string;
  readonly parentElement: HTMLElement | null;
  readonly children: Elements;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly clientWidth: number; // CSS pixels, as all sizes
  readonly scrollWidth: number;
  querySelector<Kind extends Element = Element>(selector: string): Kind | null;
  querySelectorAll<Kind extends Element = Element>(selector: string): Elements<Kind>;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  getBoundingClientRect(): { readonly right: number; readonly height: number };
  dispatchEvent(event: Event): boolean;
}
interface HTMLElement extends Element {
  readonly offsetParent: Element | null;
  click(): void;
  focus(): void;
}
interface HTMLButtonElement extends HTMLElement {
  readonly disabled: boolean;
}
interface HTMLDetailsElement extends HTMLElement {
  readonly open: boolean;
}
interface HTMLInputElement extends HTMLElement {
  value: string;
  readonly labels: ArrayLike<Element> | null;
}
interface SVGElement extends Element {
  readonly ownerSVGElement: SVGElement | null;
}

interface Document {
  readonly title: string;
  readonly body: HTMLElement;
  readonly documentElement: HTMLElement;
  readonly activeElement: Element | null;
  querySelector<Kind extends Element = Element>(selector: string): Kind | null;
  querySelectorAll<Kind extends Element = Element>(selector: string): Elements<Kind>;
}

/** Of the page that a browser shows: only functions that run there may read these. */
declare const document: Document;
declare const window: { readonly innerWidth: number };
declare function getComputedStyle(element: Element): {
  readonly background: string;
  readonly backgroundColor: string;
  readonly color: string;
};
