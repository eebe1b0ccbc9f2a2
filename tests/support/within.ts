// @ts-types="../../server/types/std_async_deadline.d.ts"
import { deadline } from "@std/async/deadline";

/** How long a test waits for an event that ought to come, in milliseconds. */
export const PATIENCE = 10_000;

/** The promise's value, or an error that names what was awaited in vain. */
export async function within<T>(
  promise: Promise<T>,
  what: string | (() => string),
  milliseconds = PATIENCE,
): Promise<T> {
  try {
    return await deadline(promise, milliseconds);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
    const text = typeof what === "string" ? what : what();
    throw new Error(`Waited ${milliseconds} ms in vain for ${text}`, { cause: error });
  }
}
