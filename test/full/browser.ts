import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { freePort } from "../free-port";

export const root = join(__dirname, "../..");

/** The Chromium of this machine, or undefined. */
export const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) =>
  existsSync(file),
);

/** A browser that shows pages of this machine only. */
export async function openBrowser(
  options: { readonly dark?: boolean } = {},
): Promise<{ browser: Browser; page: Page }> {
  const playwright = require("playwright-core") as typeof import("playwright-core");
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  const browser = await playwright.chromium.launch({ executablePath: chromium!, args });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 1000 },
    colorScheme: options.dark ? "dark" : "light",
  });
  return { browser, page };
}

export interface LabServer {
  readonly url: string; // with its token, opening the notebook
  /** Ends the server and its kernels, and waits for that. */
  stop(): Promise<void>;
}

/** `deepretrieval lab FILE` with an empty home, once it serves. Throws, with what it said, where it ends instead. */
export async function serveLab(file: string, home: string): Promise<LabServer> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(root, "dist/cli/main.js"), "lab", file, "--port", String(port), "--no-browser"],
    { cwd: root, env: { ...process.env, HOME: home }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const url = await addressFrom(child);
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function addressFrom(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const [url] = /http:\/\/127\.0\.0\.1:\d+\/lab\S*token=\w+/.exec(said) ?? [];
        if (url) resolve(url);
      });
    }
    child.once("close", () => reject(new Error(said)));
  });
}
