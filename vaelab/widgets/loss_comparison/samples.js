// The sixteen images that a model decodes from draws of the prior, as one picture.

/**
 * Sixteen square images, one after the other, as the pixels of one picture, four by four: {side: of the picture, sheet}.
 * @param {Uint8Array} pixels from 0 to 255
 * @returns {{side: number, sheet: Float32Array}} the sheet's pixels in [0, 1], row by row
 */
export function sheetOf(pixels) {
  const own = Math.sqrt(pixels.length / 16);
  const side = 4 * own;
  const sheet = new Float32Array(pixels.length);
  pixels.forEach((grey, i) => {
    const [image, row, column] = [Math.floor(i / own ** 2), Math.floor(i / own) % own, i % own];
    sheet[((image >> 2) * own + row) * side + (image & 3) * own + column] = grey / 255;
  });
  return { side, sheet };
}
