/** Whether a header that is a list, with commas between, has this entry; a missing one has none. */
export function lists(header: string | null | undefined, entry: string): boolean {
  return header?.split(",").some((listed) => listed.trim() === entry) ?? false;
}
