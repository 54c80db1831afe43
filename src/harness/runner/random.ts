/** Numbers that look random and are the same for the same seed, on every machine. */

/** A seed for one case, from the run's seed, the id and the attempt (FNV-1a, 32 bits). */
export function caseSeed(seed: number, id: string, attempt: number): number {
  let hash = 0x811c9dc5 ^ seed;
  const text = `${id}#${attempt}`;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** A generator of numbers from 0 (included) to 1 (excluded), from a 32-bit seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
