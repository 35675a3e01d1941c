/**
 * Says that something is not tested here, and why; `npm test` counts it and lists the reasons. In a test it stands for
 * that test: `if (!backend) return skip("no native backend")`. Outside, for the tests that the file then leaves out.
 */
export function skip(why: string): void {
  const inTest = require.main?.loaded ?? true; // uvu runs the tests once their file has been read
  console.log(`${inTest ? "skipped" : "skipped in file"}: ${why}`);
}
