import type { SeededRandom } from "../embeddings/seeded-random.ts";

const WORDS =
  `account address answer archive balance batch branch budget cache change channel chapter client column commit
  contract customer database deadline default delivery deployment detail device document draft engine entry error
  estimate event export feature filter folder forecast function goal group guide handler header history import index
  inventory invoice issue key label language latency layout library license limit link list location log machine
  manager margin market meeting member memory message metric migration model module month network note number office
  operator option order package page parameter partner payment period permission plan platform policy position price
  process product profile project proposal quality quarter query queue question rate record region release report
  request research resource response result review role route rule sample schedule schema score search section
  server service session setting signal source stage standard status step storage strategy stream summary supplier
  support survey system table target task team template test theme ticket timeline token tool topic trace traffic
  training transfer trend unit update user value vector version view volume warehouse week window worker workflow`.split(
    /\s+/,
  );

/** Words in random order, `bytes` long in the end (ASCII). */
export function syntheticText(random: SeededRandom, bytes: number): string {
  let text = "";
  while (text.length < bytes) text += `${WORDS[random.below(WORDS.length)]} `;
  return text.slice(0, bytes);
}
