// The parts of jsdom that tests use. Its published types need TypeScript's `dom` library, and a newer TypeScript.

/** A page that jsdom has read, and whose scripts have run where `runScripts` is given. */
export class JSDOM {
  constructor(
    html: string,
    options?: { readonly runScripts?: "dangerously"; readonly virtualConsole?: VirtualConsole },
  );
  readonly window: {
    readonly document: Document;
    readonly Event: new (type: string) => Event;
    readonly KeyboardEvent: new (type: string, init: { readonly key: string; readonly bubbles: boolean }) => Event;
  };
}

/** Where a page's scripts print, and where their errors go. */
export class VirtualConsole {
  on(event: "jsdomError", listener: (error: Error) => void): this;
}
