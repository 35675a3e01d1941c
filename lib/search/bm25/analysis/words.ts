import { wordBreak, wordBreakOf } from "./word-break";

const {
  Letter,
  Hebrew,
  Number: Digit,
  Katakana,
  Joiner,
  Extend,
  AsianExtend,
  Modifier,
  MidLetter,
  MidNumber,
  MidBoth,
  SingleQuote,
  DoubleQuote,
  Single,
  Asian,
  Emoji,
  Flag,
} = wordBreak;
const HebrewQuote = 18; // the state inside a word, behind a Hebrew letter and a quote
const classes = 19;
const longest = 255; // UTF-16 units of a word; Lucene cuts longer words
const zeroWidthJoiner = 0x200d;
const emojiStyle = 0xfe0f;
const keycap = 0x20e3;

/** [before * classes + after] 1 where no boundary lies between the two (WB5, WB8 to WB10, WB13 to WB13b). */
const joined = new Uint8Array(classes * classes);
const join = (before: readonly number[], after: readonly number[]): void =>
  before.forEach((b) => after.forEach((a) => (joined[b * classes + a] = 1)));
join([Letter, Hebrew, Digit, HebrewQuote], [Letter, Hebrew, Digit]);
join([Katakana], [Katakana]);
join([Letter, Hebrew, Digit, Katakana, Joiner, HebrewQuote], [Joiner]);
join([Joiner], [Letter, Hebrew, Digit, Katakana]);

/**
 * Calls `visit` with the place of each word of `text`, as UTF-16 offsets [start, end). The words are those of Lucene's
 * StandardTokenizer: words by Unicode's UAX #29, single Han and Hiragana characters, runs of Thai, and emoji.
 */
export function words(text: string, visit: (start: number, end: number) => void): void {
  for (let at = 0; at < text.length; ) {
    const limit = Math.min(text.length, at + longest);
    const end = wordEnd(text, at, limit);
    if (end > at) visit(at, end);
    at = end > at ? end : at + sizeAt(text, at);
  }
}

/** The end of the word that begins at `start`; `start` where no word begins there. */
function wordEnd(text: string, start: number, limit: number): number {
  const kind = classAt(text, start, limit);
  if (kind >= Letter && kind <= Joiner) return lettersEnd(text, start, limit);
  const next = start + sizeAt(text, start);
  switch (kind) {
    case Single:
      return extended(text, next, limit);
    case Asian:
    case AsianExtend:
      return asianEnd(text, next, limit);
    case Emoji:
    case Modifier:
      return emojiEnd(text, next, limit, kind);
    case Extend:
      return text.charCodeAt(start) === zeroWidthJoiner ? joinedEmojiEnd(text, start, limit) : start;
    case Flag: {
      const second = extended(text, next, limit);
      return classAt(text, second, limit) === Flag ? extended(text, second + sizeAt(text, second), limit) : start;
    }
    default:
      return "#*".includes(text[start]!) ? keycapEnd(text, start, limit) : start;
  }
}

/** The end of a word of letters, numbers and joiners; `start` for joiners alone. */
function lettersEnd(text: string, start: number, limit: number): number {
  let before = classAt(text, start, limit);
  let found = before !== Joiner;
  let end = extended(text, start + sizeAt(text, start), limit);
  while (end < limit) {
    const kind = classAt(text, end, limit);
    if (joined[before * classes + kind] === 1) {
      end = extended(text, end + sizeAt(text, end), limit);
      before = kind;
      if (kind !== Joiner) found = true;
      continue;
    }
    if (kind < MidLetter || kind > DoubleQuote) break;
    // WB6, WB7, WB11, WB12: a mark between two letters or two digits
    const after = extended(text, end + sizeAt(text, end), limit);
    const beyond = classAt(text, after, limit);
    const letters =
      (before === Letter || before === Hebrew) &&
      (beyond === Letter || beyond === Hebrew) &&
      (kind === MidLetter || kind === MidBoth || kind === SingleQuote);
    const digits =
      before === Digit && beyond === Digit && (kind === MidNumber || kind === MidBoth || kind === SingleQuote);
    const hebrew = before === Hebrew && kind === DoubleQuote && beyond === Hebrew; // WB7b, WB7c
    if (before === Hebrew && kind === SingleQuote) {
      end = after; // WB7a
      before = HebrewQuote;
    } else if (letters || digits || hebrew) {
      end = extended(text, after + sizeAt(text, after), limit);
      // Lucene's grammar allows no quote behind this letter
      before = hebrew ? HebrewQuote : beyond === Hebrew ? Letter : beyond;
    } else break;
  }
  return found ? end : start;
}

/** WB4: the end of the characters that belong to the one before `at`. */
function extended(text: string, at: number, limit: number): number {
  for (; at < limit; at += sizeAt(text, at)) {
    const kind = classAt(text, at, limit);
    if (kind !== Extend && kind !== AsianExtend && kind !== Modifier) break;
  }
  return at;
}

function asianEnd(text: string, at: number, limit: number): number {
  for (;;) {
    at = extended(text, at, limit);
    if (classAt(text, at, limit) !== Asian) return at;
    at += sizeAt(text, at);
  }
}

/**
 * The end of an emoji sequence (UTS #51). Its first emoji is of class `kind` and ends at `at`. A modifier that stands
 * alone takes no style.
 */
function emojiEnd(text: string, at: number, limit: number, kind: number): number {
  for (;;) {
    at = unstyled(text, at, limit);
    const joinedBefore = text.charCodeAt(at - 1) === zeroWidthJoiner;
    const styled = kind === Emoji && at < limit && text.charCodeAt(at) === emojiStyle;
    if (styled) at++;
    const joiner = styled && at < limit && text.charCodeAt(at) === zeroWidthJoiner;
    let next = at;
    if (joiner) while (next < limit && text.charCodeAt(next) === zeroWidthJoiner) next++;
    kind = classAt(text, next, limit);
    if (!((joiner || (!styled && joinedBefore)) && (kind === Emoji || kind === Modifier))) return at;
    at = next + sizeAt(text, next);
  }
}

/** The end of an emoji with joiners before it, which belong to it. */
function joinedEmojiEnd(text: string, start: number, limit: number): number {
  let at = start;
  while (at < limit && text.charCodeAt(at) === zeroWidthJoiner) at++;
  return classAt(text, at, limit) === Emoji ? emojiEnd(text, at + sizeAt(text, at), limit, Emoji) : start;
}

/** The end of "#" or "*" in a keycap. Digits in a keycap are numbers in any case. */
function keycapEnd(text: string, start: number, limit: number): number {
  const at = unstyled(text, start + 1, limit);
  if (at + 1 < limit && text.charCodeAt(at) === emojiStyle && text.charCodeAt(at + 1) === keycap)
    return unstyled(text, at + 2, limit);
  return text.slice(start + 1, at).includes("\u20e3") ? at : start;
}

/** Like `extended`, but it stops at a selector of emoji or text style. */
function unstyled(text: string, at: number, limit: number): number {
  for (; at < limit; at += sizeAt(text, at)) {
    const unit = text.charCodeAt(at);
    if (unit === emojiStyle || unit === 0xfe0e) break;
    const kind = classAt(text, at, limit);
    if (kind !== Extend && kind !== AsianExtend && kind !== Modifier) break;
  }
  return at;
}

/** The class of the character at `at`; 0 (Other) at the limit and beyond. */
function classAt(text: string, at: number, limit: number): number {
  if (at >= limit) return 0;
  const unit = text.charCodeAt(at);
  return wordBreakOf[(unit & 0xf800) === 0xd800 ? text.codePointAt(at)! : unit]!;
}

const sizeAt = (text: string, at: number): number =>
  (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00 ? 2 : 1;
