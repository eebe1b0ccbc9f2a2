// Types of what the tests use of @std/assert: the npm package that carries it ships none. To be named above
// the import, by a relative path:
//
//     // @ts-types="./support/std_assert.d.ts"
//     import { assert, assertEquals } from "@std/assert";

// deno-lint-ignore no-explicit-any -- a constructor's parameters are contravariant
type AnyConstructor<T> = abstract new (...args: any[]) => T;

/** What a failed assertion throws. */
export class AssertionError extends Error {}

/** Asserts that the value is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr;

/** Asserts that the value is falsy. */
export function assertFalse(
  expr: unknown,
  msg?: string,
): asserts expr is false | 0 | "" | null | undefined;

/** Asserts that two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that two values are the same, as in `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T;

/** Asserts that two values are not the same, as in `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that the value is neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;

/** Asserts that the value is an instance of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: AnyConstructor<T>,
  msg?: string,
): asserts actual is T;

/** Asserts that the string matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void;

/** Asserts that the string does not match. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;

/** Asserts that the string contains the other. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void;

/** Asserts that the array contains all of the other's elements. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void;

/** Asserts that the object has at least the properties of the other, deeply. */
export function assertObjectMatch(actual: object, expected: object, msg?: string): void;

/** Asserts that `actual` is greater than `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that `actual` is greater than or equal to `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that `actual` is less than `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that `actual` is less than or equal to `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;

/** Asserts that two numbers are equal within a tolerance. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void;

/** Asserts that the function throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that the function throws an error of that class with that text in its message. */
export function assertThrows<E extends Error>(
  fn: () => unknown,
  ErrorClass: AnyConstructor<E>,
  msgIncludes?: string,
  msg?: string,
): E;

/** Asserts that the promise rejects, and resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that the promise rejects with an error of that class with that text in its message. */
export function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: AnyConstructor<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;

/** Fails. */
export function fail(msg?: string): never;

/** Whether two values are deeply equal. */
export function equal(a: unknown, b: unknown): boolean;
