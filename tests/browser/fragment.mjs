// Notebooks in the fragment of a link, after `app/engine/src/link/mod.rs`; made here, as somebody else would.

import { deflateRawSync } from "node:zlib";

/** The fragment of a link with this script in it. */
export function fragmentOf(text) {
  const bytes = Buffer.from(text);
  const compressed = deflateRawSync(bytes);
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.concat([bytes, compressed])) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  const fingerprint = Buffer.alloc(8);
  fingerprint.writeBigUInt64LE(hash);
  const payload = Buffer.concat([varint(compressed.length), varint(bytes.length), fingerprint, compressed]);
  return `#v1.${payload.toString("base64url")}`;
}

function varint(number) {
  const bytes = [];
  for (; number > 0x7f; number >>= 7) bytes.push((number & 0x7f) | 0x80);
  return Buffer.from([...bytes, number]);
}
