import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crc32c } from "../../../lib/training/sinks/crc32c";
import { record, scalarsEvent, versionEvent } from "../../../lib/training/sinks/event-file";
import { tensorBoard } from "../../../lib/training/sinks/tensorboard";
import { temporaryFolder } from "../../fixtures";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

test("CRC-32C gives the published check values", () => {
  assert.is(crc32c(bytes("123456789")), 0xe3069283); // the polynomial's check value
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa); // RFC 3720, appendix B.4
  assert.is(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

test("a record is length, its checksum, the bytes and theirs", () => {
  const written = record(versionEvent(0));
  assert.is(written.length, 8 + 4 + 24 + 4);
  assert.is(hex(written.subarray(0, 8)), "1800000000000000"); // 24 bytes: 9 of the time, 15 of the version
  assert.is(hex(written.subarray(12, 36)), `09${"00".repeat(8)}1a0d${hex(bytes("brain.Event:2"))}`);
});

test("scalars are written as protocol buffers have them, a step of more than 127 in two bytes", () => {
  // time 1.0; step 300 = 0b10_0101100; summary { value { tag "a"; simple_value 1.0 } }
  const event = scalarsEvent(1, 300, [["a", 1]]);
  assert.is(hex(event), "09000000000000f03f" + "10ac02" + "2a0a" + "0a08" + "0a0161" + "150000803f");
});

test("a run's file holds a version and one event a step with right checksums; non-finite values are left out", () => {
  const folder = join(temporaryFolder(), "run");
  const sink = tensorBoard(folder, () => 1.7e12);
  void sink.log([{ step: 1, "reward/mean": -2.5, "reward/R@50": 0.25, "actor/entropy": NaN }]);
  void sink.log([{ step: 2, "reward/mean": 6 }]);
  const [name, ...others] = readdirSync(folder);
  assert.equal(others, []);
  assert.match(name!, /^events\.out\.tfevents\.1700000000\./);
  const file = readFileSync(join(folder, name!));
  const events: string[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    assert.equal(file.subarray(at, at + 16 + length), Buffer.from(record(data)));
    events.push(data.toString("latin1"));
    at += 16 + length;
  }
  assert.is(events.length, 3);
  assert.match(events[1]!, /reward\/mean.*reward\/R@50/s);
  assert.not.match(events[1]!, /entropy/);
});

test.run();
