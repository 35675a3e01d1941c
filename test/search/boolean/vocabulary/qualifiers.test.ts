import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  isQualifier,
  qualifierKey,
  qualifierNames,
  withNarrower,
} from "../../../../lib/search/boolean/vocabulary/qualifiers";

// The 83 codes and names that NLM lists for MeSH 2015, written from the list, in its order.
const nlm = (
  "AB abnormalities|AD administration & dosage|AE adverse effects|AG agonists|AA analogs & derivatives|" +
  "AN analysis|AH anatomy & histology|AI antagonists & inhibitors|BI biosynthesis|BL blood|BS blood supply|" +
  "CF cerebrospinal fluid|CS chemical synthesis|CI chemically induced|CH chemistry|CL classification|" +
  "CO complications|CN congenital|CT contraindications|CY cytology|DF deficiency|DI diagnosis|" +
  "DU diagnostic use|DH diet therapy|DE drug effects|DT drug therapy|EC economics|ED education|" +
  "EM embryology|EN enzymology|EP epidemiology|ES ethics|EH ethnology|ET etiology|GE genetics|" +
  "GD growth & development|HI history|IM immunology|IN injuries|IR innervation|IS instrumentation|" +
  "IP isolation & purification|LJ legislation & jurisprudence|MA manpower|ME metabolism|MT methods|" +
  "MI microbiology|MO mortality|NU nursing|OG organization & administration|PS parasitology|" +
  "PY pathogenicity|PA pathology|PK pharmacokinetics|PD pharmacology|PH physiology|PP physiopathology|" +
  "PO poisoning|PC prevention & control|PX psychology|RE radiation effects|RA radiography|" +
  "RI radionuclide imaging|RT radiotherapy|RH rehabilitation|SC secondary|SE secretion|ST standards|" +
  "SN statistics & numerical data|SD supply & distribution|SU surgery|TU therapeutic use|TH therapy|" +
  "TO toxicity|TM transmission|TR transplantation|TD trends|UL ultrastructure|US ultrasonography|UR urine|" +
  "UT utilization|VE veterinary|VI virology"
).split("|");

test("NLM's 83 codes stand for their names, and the table has them and diagnostic imaging", () => {
  assert.is(nlm.length, 83);
  for (const row of nlm) {
    const [code, name] = [row.slice(0, 2), row.slice(3)];
    assert.is(qualifierKey(code), qualifierKey(name), row);
    assert.is(qualifierKey(name.replace("&", "and")), qualifierKey(name), row);
    assert.ok(isQualifier(code) && isQualifier(name), row);
  }
  assert.equal(Object.keys(qualifierNames).sort(), [...nlm.map((row) => row.slice(0, 2).toLowerCase()), "dg"].sort());
});

test("a broad qualifier includes narrower ones at every depth", () => {
  const narrower = (name: string) => withNarrower(qualifierKey(name)).slice(1).sort().join("|");
  assert.is(
    narrower("therapy"),
    "diet therapy|drug therapy|nursing|prevention control|radiotherapy|rehabilitation|surgery|transplantation",
  );
  assert.is(narrower("adverse effects"), "poisoning|toxicity");
  // not toxicity
  assert.is(narrower("therapeutic use"), "administration dosage|adverse effects|contraindications|poisoning");
  assert.is(
    narrower("statistics and numerical data"),
    "epidemiology|ethnology|mortality|supply distribution|utilization",
  );
  assert.is(narrower("analysis"), "blood|cerebrospinal fluid|isolation purification|urine");
  assert.is(narrower("drug therapy"), "");
  assert.is(narrower("no qualifier"), "");
});

test("what is no qualifier is kept as a name", () =>
  assert.equal([qualifierKey("XX"), isQualifier("AIDS")], ["xx", false]));

test.run();
