/**
 * Word_Break classes of Unicode 9, as in Lucene's StandardTokenizer, with further classes for Han, Hiragana, South East
 * Asian characters (Line_Break SA) and emoji. The text is a list of ranges. Each has a point and the number of
 * characters that are skipped (none without it), a letter for the class, and the length (1 without it). Numbers are in
 * base 36. The classes were compared with Lucene 9.5 for every code point.
 */
const ranges =
  ".yD.4Q.4M.1P.1NaLM.5Aq.4U.1Aq.1aEA.2XE.6A.1L.2A.5An.1Av.1Adc.6A7.7AkX34A5.1A2.2A4MA.6ALA3.1A.1Ak.1A2b.1A3v.1X7A4m." +
  "1A12.2A.1A2.1A.1A15M.7X19.1X.1X2.1X2.1X.8Br.4B4AL.bX6.6M2.2Xb.1X.3A17XlNa.1NM.1A2XA2r.1AX8.1X6A2X2.1X4A2NaA3.2A.fX" +
  "AXAuXr.2A2hXbA.eNaAxX9A2.2M.1A.2X.2AmX4AX9AX3AX5.iApX3.4Ab.1hAl.1A8.lX1dA1iX3AXiAX7AaX2.2Na.1AgX3.1A8.2A2.2Am.1A7." +
  "1A.3A4.2XAX7.2X2.2X3A.8X.4A2.1A3X2.2NaA2.aA.1X.2X3.1A6.4A2.2Am.1A7.1A2.1A2.1A2.2X.1X5.4X2.2X3.3X.7A4.1A.7NaX2A3X.b" +
  "X3.1A9.1A3.1Am.1A7.1A2.1A5.2XAX8.1X3.1X3.2A.fA2X2.2Na.9AX6.1X3.1A8.2A2.2Am.1A7.1A2.1A5.2XAX7.2X2.2X3.8X2.4A2.1A3X2" +
  ".2Na.1A.gXA.1A6.3A3.1A4.3A2.1A.1A2.3A2.3A3.3Ac.4X5.3X3.1X4.2A.6X.eNa.gX5A8.1A3.1An.1Ag.3AX7.1X3.1X4.7X2.1A3.5A2X2." +
  "2Na.gAX3.1A8.1A3.1An.1Aa.1A5.2XAX7.1X3.1X4.7X2.7A.1A2X2.2Na.1A2.dX4.1A8.1A3.1A15X2AX7.1X3.1X4A.5A3X.7A3X2.2Na.aA6." +
  "2X2.1Ai.3Ao.1A9.1A.2A7.3X.4X6.1X.1X8.6Na.2X2.dS1cTS2T7.5S7T8.1Na.13S2.1S.1S5.1So.1S.1SaTS2T9S.2S5.1S.1T6.2Na.2S4.w" +
  "A.nX2.6Na.bX.1X.1X.4X2A8.1A10.4Xk.1X2A5Xb.1X10.9X.1lS17TkSNa.6S6T4S4T3ST3S2T7S3T4SdTcSTNaT4S2A12.1A.5A.2A17.1A99.1" +
  "A4.2A7.1A.1A4.2A15.1A4.2Ax.1A4.2A7.1A.1A4.2Af.1A1l.1A4.2A1v.2X3.wAg.gA2e.2A6.3Ah8.2Ah.1Aq.5A23.3Ab.7Ad.1A4X3.bAiX3" +
  ".bAiX2.cAd.1A3.1X2.cS1gTw.3S.4ST.2Na.xX4.1Na.6A2h.7A5X2AyXA.5A1y.aAv.1Xc.4Xc.aNaSu.2S5.bS18.4Sq.6NaS.3S2.wAnX5.4S1" +
  "hTa.1Tt.2XNa.6Na.6Se.2Xf.1tX5A1bXhA7.4Na.hX9.cX3AuXdA2NaA18Xe.cA10Xk.8Na.3A3NaA10.2A9.7A17.2A3.gX3.1XlA4XA6XA2X3A." +
  "5A5cX1m.1X5A7q.2A6.2A12.2A6.2A8.1A.1A.1A.1Av.2A1h.1A7.1A.3A3.1A7.3A4.2A6.4Ad.5A3.1A7.fX4.8P2.aP.2L.2X5U.cE.2U2.3M." +
  "4E.aU.bX5.1Xa.1A.dA.gAd.1fXx.hA.4A.2Aa.1A.3A5.4E.1A.1A.1A.1A4.1Ab.2A4.5A5.4A.hA15.bE6.fE2.a7E2.cE.2nE.1yE.pEb.4E3." +
  "57A1g.5cE2.aE.9E.1mE4.1E6.1Ec.1E36.aE3a.2Eb.1E.1E.6E.3E.6E.aE2.fE.2E.4E.1E.4E3.1E.bE5.19E3.9E.eE.eE.acE2.cvE3.jE2." +
  "1fE.4E.4qA1b.1A1b.1A3p.6A4X3A2.cA12.1A.5A.2A1k.7A.fXAn.9A7.1A7.1A7.1A7.1A7.1A7.1A7.1A7.1Xw.1bA.28Hq.1H2h.cH5y.1bA." +
  "1H.pH9X6EK5.2H3A2E.3H2e.2X2K2H3K2j.1K4.5A17.1A2m.hAr.1hKg.47E.1E.1iK1b.1K2g.4oH52u.22Hg6o.gAwd.1vA1a.2A7h.3AgNaA2." +
  "kA1bX4.1Xa.1AvX2A28X2.11A4p.2A5.1cAbXA3XA4XAnX5.oA1g.cX2A1eXi.aNa.6XiA6.3A.1A2XNaAsX8.2AnXd.cAt.3X4A1bXe.eANa.6S5T" +
  "SaNaS5.1A15Xe.9A3XA8X2.2Na.6SrT3S1eTST3S2T2S5T2STS.oS5AbX5.2A3X2.aA6.2A6.2A6.9A7.1A7.1A1k.8A37X8.1X2.2Na.6A8mc.cAn" +
  ".4A1d.6isHa6.2H2y.12A7.cA5.5BXBa.1Bd.1B5.1B.1B2.1B2.1BaA2q.xAa3.iA1s.2A1i.14Ac.4XgM.2LM.bXg.3U2.oU3M.1P.1ML.qA5.1A" +
  "3r.2X.7P.4M.1P.1NaLM.5Aq.4U.1Aq.bK1kX2Av.3A6.2A6.2A6.2A3.sX3.4Ac.1Aq.1Aj.1A2.1Af.2Ae.yA3f.1xA1h.3sX.3mAt.3A1d.fX.v" +
  "Aw.dAu.5A12X5.5Au.2A10.4A8.1A5.16A4e.2Na.6A10.4A10.4A14.8A1g.4cA8n.9Am.aA8.48A6.2A.1A18.1A2.3A.2An.aAn.9Av.1tAj.1A" +
  "2.aAm.aAq.1yA1k.6A2.1sAX3.1X2.5X4A4.1A3.1At.2X3.4X.wAt.3At.zA8.1AsX2.pA1i.aAm.aAj.dAi.32A21.1jA1f.dA1f.dA10X4.8Na." +
  "cmAt.aA.8AmXb.3zAn.9X3A1hXf.vNa.fX4A19Xb.2X.fX.2Ap.7Na.6X3A10Xe.1Na.4AX2.9AzX.2A.9X3A1cXeA4.4X4.3NaA.1A.zAi.1ApXc." +
  "6X.1tA7.1A.1A4.1Af.1Aa.7A1bXc.5Na.6X4.1A8.2A2.2Am.1A7.1A2.1A5.1X2AX7.2X2.2X3.2A.6X.5A5X2.2X7.3X5.3vA1hXiA4.5Na.4XA" +
  ".wA1cXkA2.1A.8Na.4mA1bX7.2X9.nA4X2.yA1cXh.3A.bNa.12A17XdA.7Na.1iSr.2Tf.4NaS2.3S.5cA18Xf.2tA1sNa.lA.4gA8.2A13X7.2X7" +
  "A.1AX.rAXaA14X7AX4.8X.8AXbA1aXg.3A.yA1l.7bA9.1A11X8.1X8A.fNa.oAu.2Xm.1Xe.21A7.1A2.1A12X6.3X.1X2.1X7AX.8Na.6A6.1A2." +
  "1AwX5.1X2.1X5A.7Na.8mAjX4.7dApm.2uA33.hA5g.24cAtr.1X9.347Ag7.6ntAft.7Av.1Na.2uAu.2X5.bA1cX7.9A4.cNa.9Al.5Aj.j4A1s." +
  "3kA23.4XAX1j.7X4Ad.1sA2.1A.cnwKH7y.1dH3.hK4.23cA2z.5Ad.3A9.7Aa.3X2.1X4.43lX5.3Xm.2X7.uX4.44X3.cbA2d.1A1z.1A2.2A.2A" +
  "2.2A4.1Ac.1A.1A7.1A1t.1A4.2A8.1A7.1As.1A4.1A5.1A.3A7.1A9g.2Ap.1Ap.1Av.1Ap.1Av.1Ap.1Av.1Ap.1Av.1Ap.1A8.2N1e.e8X1j.4" +
  "X1e.8X.eX.mX5.1Xf.11sX7.1Xh.2X7.1X2.1X5.5xA19.3X7A7.2Na.4A.a9A18X4Na.zqA5h.bX7.15A1wX7A.4Na.x2A4.1Ar.1A2.1A.2A.1Aa" +
  ".1A4.1A.1A.6A.4A.1A.1A.1A3.1A2.1A.2A.1A.1A.1A.1A.1A2.1A.2A4.1A7.1A4.1A4.1A.1Aa.1Ah.5A3.1A5.1Ah.90E74.dE3.vEAq.6Aq." +
  "2E4Aq.4E.2Ea.iE1lRqHEf.aE.kE.2E9.1E4.9Ec2Y5E8u.8E7e.1cE3k.38Ec.2dE17.cE4.1kE8.aE6.14E8.uE2a.cE1b.1Ea.1E1br.2Hwyf.1" +
  "5H379.bH66.2H4g2.eH5rl.2e7Hf2.fherX.uX2o.3kX6o";

/** The classes, with the names of UAX #29 where it has them. Words consist of the classes from `Letter` to `Joiner`. */
export const wordBreak = {
  Other: 0,
  Letter: 1, // ALetter
  Hebrew: 2, // Hebrew_Letter
  Number: 3, // Numeric
  Katakana: 4,
  Joiner: 5, // ExtendNumLet: the underscore and similar characters
  Extend: 6, // Extend, Format and ZWJ: part of the character before
  AsianExtend: 7, // both Extend and SA
  Modifier: 8, // Extend, and an emoji when it stands alone
  MidLetter: 9,
  MidNumber: 10, // MidNum
  MidBoth: 11, // MidNumLet
  SingleQuote: 12,
  DoubleQuote: 13,
  Single: 14, // Han and Hiragana: each character is a word
  Asian: 15, // Thai, Lao, Khmer, Burmese and others: a run is a word
  Emoji: 16,
  Flag: 17, // Regional_Indicator: two are one flag
} as const;

const letters = "-ABNKUXTYLMPQDHSER"; // the letter of class i is at index i

/** The class of every code point. */
export const wordBreakOf: Uint8Array = unpacked();

function unpacked(): Uint8Array {
  const classes = new Uint8Array(0x110000);
  let at = 0;
  for (const [, skipped, letter, length] of ranges.matchAll(/(?:\.([0-9a-z]+))?([A-Z])([0-9a-z]*)/g)) {
    at += skipped ? parseInt(skipped, 36) : 0;
    const end = at + (length ? parseInt(length, 36) : 1);
    classes.fill(letters.indexOf(letter!), at, end);
    at = end;
  }
  return classes;
}
