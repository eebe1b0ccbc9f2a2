/** A UTF-16 code unit is at most so many bytes of UTF-8. */
export const MOST_BYTES_PER_UNIT = 3;
