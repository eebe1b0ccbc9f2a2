/** Whether a header that is a list, with commas between, has this entry; a missing one has none. */
export function lists(header: string | null, entry: string): boolean {
  return header !== null && header.split(",").some((listed) => listed.trim() === entry);
}
