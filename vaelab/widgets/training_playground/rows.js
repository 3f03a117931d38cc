// Rows of numbers of which many are 0: the black of an image, what a ReLU holds back. The rest is kept, and costs.

/** The numbers of row r that are not 0 stand from start[r] to start[r + 1]: in `values`, and their columns beside them. */
export class Rows {
  /**
   * @param {number} most rows, and numbers in all, that there is room for
   * @param {number} room
   */
  constructor(most, room) {
    this.count = 0;
    this.start = new Uint32Array(most + 1);
    this.columns = new Uint16Array(room);
    this.values = new Float32Array(room);
  }

  /** No rows. */
  clear() {
    this.count = 0;
    return this;
  }

  /**
   * One more row: max(h, 0) of so many numbers, from a place on. So a ReLU's own derivative is 1 for what is kept, and
   * 0 for what is not.
   * @param {Float32Array} h
   * @param {number} from
   * @param {number} width
   */
  addRectified(h, from, width) {
    let end = this.start[this.count];
    for (let i = 0; i < width; i++) {
      if (h[from + i] > 0) {
        this.columns[end] = i;
        this.values[end++] = h[from + i];
      }
    }
    this.start[++this.count] = end;
  }

  /**
   * One more row, of all these numbers, whatever they are.
   * @param {Float32Array} numbers
   * @param {number} from
   * @param {number} width
   */
  addAll(numbers, from, width) {
    let end = this.start[this.count];
    for (let i = 0; i < width; i++) {
      this.columns[end] = i;
      this.values[end++] = numbers[from + i];
    }
    this.start[++this.count] = end;
  }

  /**
   * One more row: one of another's.
   * @param {Rows} others
   * @param {number} row
   */
  addRow({ start, columns, values }, row) {
    const end = this.start[this.count];
    this.columns.set(columns.subarray(start[row], start[row + 1]), end);
    this.values.set(values.subarray(start[row], start[row + 1]), end);
    this.start[++this.count] = end + start[row + 1] - start[row];
  }

  /**
   * Calls use(row, column, value) for each number that is kept.
   * @param {(row: number, column: number, value: number) => void} use
   */
  each(use) {
    for (let row = 0; row < this.count; row++)
      for (let k = this.start[row]; k < this.start[row + 1]; k++) use(row, this.columns[k], this.values[k]);
  }

  /**
   * Becomes another's transpose: its columns as rows, so many.
   * @param {Rows} others
   * @param {number} width
   */
  transpose({ count, start, columns, values }, width) {
    const ends = this.start.fill(0, 0, width + 1);
    for (let k = 0; k < start[count]; k++) ends[columns[k] + 1]++;
    for (let i = 0; i < width; i++) ends[i + 1] += ends[i];
    const next = ends.slice(0, width);
    for (let row = 0; row < count; row++) {
      for (let k = start[row]; k < start[row + 1]; k++) {
        const at = next[columns[k]]++;
        this.columns[at] = row;
        this.values[at] = values[k];
      }
    }
    this.count = width;
    return this;
  }
}
