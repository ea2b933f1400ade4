/**
 * What a database row says, for the provider: its name, with its description behind it, and a line for each other
 * property that says something. The same for the same properties in whatever order.
 */
export function rowText(properties: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(properties)
    .map(([name, value]) => ({ name, key: name.toLowerCase(), value: valueText(value) }))
    .filter(({ value }) => value !== "")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const name = entries.find(({ key }) => key === "name") ?? entries.find(({ key }) => key === "title");
  const about = entries.find(({ key }) => key === "description");
  const head = [name?.value, about?.value].filter(Boolean).join(": ");
  const rest = entries
    .filter((entry) => entry !== name && entry !== about)
    .map((entry) => `${entry.name.charAt(0).toUpperCase()}${entry.name.slice(1)}: ${entry.value}`);
  return [head, ...rest].filter(Boolean).join("\n");
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(valueText).filter(Boolean).join(", ");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, inner]) => [name, valueText(inner)] as const)
      .filter(([, inner]) => inner !== "")
      .map(([name, inner]) => `${name}: ${inner}`)
      .join(", ");
  }
  return String(value).trim();
}
