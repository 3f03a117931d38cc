// Random numbers that are the same for the same seed.

/**
 * A function that gives one number after the other, from 0 up to 1 and evenly.
 * @param {number} seed a whole number
 */
export function uniforms(seed) {
  return () => {
    // mulberry32, a public-domain generator by Tommy Ettinger
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A function that gives one standard normal number after the other.
 * @param {number} seed a whole number
 */
export function normals(seed) {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A seed that nobody chose. */
export function anySeed() {
  return Math.floor(Math.random() * 2 ** 31);
}
