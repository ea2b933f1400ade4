const READABLE = /\.(md|markdown|txt)$/i;

/** Folders of programs and hidden ones hold nothing that people wrote to be read. */
const SKIPPED = /(^|\/)(node_modules|build|dist|coverage|\.[^/]+)\//;

/** Leaves in a file input what the import can read: a folder may hold very much else. */
export function keepReadable(input: HTMLInputElement): void {
  const files = [...(input.files ?? [])];
  const kept = files.filter(
    ({ name, webkitRelativePath }) => READABLE.test(name) && !SKIPPED.test(webkitRelativePath),
  );
  if (kept.length === files.length) return;
  const transfer = new DataTransfer();
  for (const file of kept) transfer.items.add(file);
  input.files = transfer.files;
}
