const pattern = /^\s*(\d{4})(?:[/\-. ](\d{1,2}))?(?:[/\-. ](\d{1,2}))?\s*$/;

/** The days that a written date covers, as sortable integers YYYYMMDD: "2010/05" covers 20100501 to 20100531. */
interface Days {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads "YYYY", "YYYY/MM" or "YYYY/MM/DD", also with - or . between the numbers. Undefined for anything else, such as
 * month 13.
 */
export function days(text: string): Days | undefined {
  const [, year, month, day] = pattern.exec(text) ?? [];
  if (!year) return undefined;
  if (Number(month ?? 1) < 1 || Number(month ?? 1) > 12 || Number(day ?? 1) < 1 || Number(day ?? 1) > 31)
    return undefined;
  const at = (mm: number, dd: number): number => Number(year) * 10000 + mm * 100 + dd;
  return {
    first: at(Number(month ?? 1), Number(day ?? 1)),
    last: at(Number(month ?? 12), Number(day ?? 31)), // day 31 covers a shorter month as well
  };
}

/** A day as PubMed prints it: 20100501 is "2010/05/01". */
export const dayText = (day: number): string =>
  String(day)
    .padStart(8, "0")
    .replace(/^(\d{4})(\d{2})(\d{2})$/, "$1/$2/$3");
