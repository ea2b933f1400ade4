/**
 * Where labels go that would rather stand at `wanted`, so that no two are nearer than `apart` and all stay within 0 to
 * 100: each group that touches is spread around its middle. The answer is in the order of `wanted`.
 */
export function labelPlaces(wanted: readonly number[], apart: number): number[] {
  interface Group {
    members: number[];
    top: number;
  }
  const height = ({ members }: Group) => (members.length - 1) * apart;
  const place = (group: Group): Group => {
    const middle = group.members.reduce((sum, index) => sum + (wanted[index] ?? 0), 0) / group.members.length;
    group.top = Math.max(0, Math.min(100 - height(group), middle - height(group) / 2));
    return group;
  };
  const groups: Group[] = [];
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  for (const index of order) {
    let group = place({ members: [index], top: 0 });
    let above = groups[groups.length - 1];
    while (above !== undefined && group.top - (above.top + height(above)) < apart) {
      groups.pop();
      group = place({ members: [...above.members, ...group.members], top: 0 });
      above = groups[groups.length - 1];
    }
    groups.push(group);
  }
  const places: number[] = [];
  for (const { members, top } of groups) {
    for (const [position, index] of members.entries()) places[index] = top + position * apart;
  }
  return places;
}
