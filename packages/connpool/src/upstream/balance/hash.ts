/** A text as 32 bits. The same in every process: many agree on who owns a key without a word. Not for secrets. */
export function hashOf(text: string, seed: number): number {
  let hash = seed
  // FNV-1a, over the units of UTF-16.
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01_00_01_93)
  return mixed(hash)
}

/** Spreads what differs in few bits over all 32: the finalizer of MurmurHash3, by Austin Appleby; public domain. */
export function mixed(bits: number): number {
  let hash = bits
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35)
  return (hash ^ (hash >>> 16)) >>> 0
}
