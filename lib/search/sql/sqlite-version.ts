import { DatabaseSync } from "@photostructure/sqlite";

let known: string | undefined;

/**
 * The version of SQLite that runs the statements, like "3.53.0".
 *
 * Two versions may differ in the last digit of sum(), avg() and total(): since 3.43.0 SQLite adds real numbers with
 * Kahan-Babuska summation (https://sqlite.org/releaselog/3_43_0.html). Python's sqlite3 has the version that Python was
 * built with (`sqlite3.sqlite_version`), and the reference's numbers depend on it.
 */
export function sqliteVersion(): string {
  if (known !== undefined) return known;
  const database = new DatabaseSync(":memory:");
  known = String((database.prepare("SELECT sqlite_version() AS version").get() as { version: unknown }).version);
  database.close();
  return known;
}
