const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * PubMed's dates in words, "2015 Aug 15", "2019 Jan-Feb", "2001 Winter", as "YYYY/MM/DD", "YYYY/MM" or "YYYY": as much of
 * the date as is known. A range keeps its beginning; "" where there is no year.
 */
export function pubmedDate(text: string): string {
  const [, year, month, day] = /^\s*(\d{4})(?:\s+([A-Z][a-z]{2})[a-z]*(?:-\w+)?)?(?:\s+(\d{1,2})\b)?/.exec(text) ?? [];
  if (!year) return "";
  const mm = months.indexOf(month ?? "") + 1;
  if (mm === 0) return year;
  const upToMonth = `${year}/${String(mm).padStart(2, "0")}`;
  return day ? `${upToMonth}/${day.padStart(2, "0")}` : upToMonth;
}

/**
 * The date that limits the search for a review's studies, as DeepRetrieval's `pubdate.py` derives it from PubMed's
 * summary of the review: the first day of what is known. Undefined for a season or nothing at all, where the
 * reference silently takes 2025/02/12 and so lets the review itself be found.
 */
export function maxDateOf(text: string): string | undefined {
  const [year, month = "01", day = "01"] = pubmedDate(text).split("/");
  if (!year || /^\s*\d{4}\s+(?:Spring|Summer|Autumn|Fall|Winter)/i.test(text)) return undefined;
  return `${year}/${month}/${day}`;
}
