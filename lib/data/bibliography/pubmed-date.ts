/**
 * The month each month's or season's name stands for. Seasons as PubMed's User Guide sets them: winter January, spring
 * April, summer July, fall October.
 */
const monthOf: Readonly<Record<string, number>> = {
  jan: 1,
  feb: 2,
  mar: 3,
  apr: 4,
  may: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  sep: 9,
  oct: 10,
  nov: 11,
  dec: 12,
  winter: 1,
  spring: 4,
  summer: 7,
  autumn: 10,
  fall: 10,
};

const name =
  "winter|spring|summer|autumn|fall|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|" +
  "aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
// "15 Aug", "Aug 15"
const named = new RegExp(String.raw`(?:\b(\d{1,2})\s{1,4})?\b(${name})\b\.?(?:\s{1,4}(\d{1,2})(?!\d))?`, "i");
const inNumbers = /^\s*(\d{4})(?:\/(\d{1,2})(?:\/(\d{1,2}))?|-(\d{1,2})-(\d{1,2}))?\s*$/; // "2015/08/15", "2015-08-15"

/**
 * PubMed's dates in words, "2015 Aug 15", "2019 Jan-Feb", "2001 Winter", "Summer 2017", "1998 Dec-1999 Jan", as
 * "YYYY/MM/DD", "YYYY/MM" or "YYYY": as much of the date as is known. A range keeps its beginning, a season is its
 * month; "" where there is no year.
 */
export function pubmedDate(text: string): string {
  const [, numbers, month, day, isoMonth, isoDay] = inNumbers.exec(text) ?? [];
  if (numbers) return dateText(numbers, Number(month ?? isoMonth ?? 0), Number(day ?? isoDay ?? 0));
  const [year] = /(?<!\d)\d{4}(?!\d)/.exec(text) ?? [];
  if (!year) return "";
  const [, before, word, after] = named.exec(text) ?? [];
  const own = word?.toLowerCase() ?? "";
  return dateText(year, monthOf[own] ?? monthOf[own.slice(0, 3)] ?? 0, Number(after ?? before ?? 0));
}

/** The valid parts of a date: 0 for a part that is not known. */
export function dateText(year: string, month: number, day: number): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  if (!(month >= 1 && month <= 12)) return year;
  return day >= 1 && day <= 31 ? `${year}/${two(month)}/${two(day)}` : `${year}/${two(month)}`;
}

/**
 * The date of a citation: that of its issue, or that of its electronic publication where it is the same date with more
 * parts.
 */
export const moreExact = (issue: string, electronic: string): string =>
  electronic.startsWith(issue) ? electronic : issue;

/**
 * The date that limits the search for a review's studies, as DeepRetrieval's `pubdate.py` derives it from PubMed's
 * summary of the review: the first day of what is known. Undefined for a season or nothing at all, where the
 * reference silently takes 2025/02/12 and so lets the review itself be found.
 */
export function maxDateOf(text: string): string | undefined {
  const [year, month = "01", day = "01"] = pubmedDate(text).split("/");
  if (!year || /\b(?:spring|summer|autumn|fall|winter)\b/i.test(text)) return undefined;
  return `${year}/${month}/${day}`;
}
