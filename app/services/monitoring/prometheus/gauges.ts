import { Gauge, type Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;

/** Figures of one snapshot on their way into a registry: a family is made when its first figure comes. */
export class Gauges {
  readonly #registry: Registry;
  readonly #families = new Map<string, Gauge>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * @param name after Prometheus' conventions: base units, `_seconds`, `_bytes`, `_ratio`
   * @param labels the same names for every figure of a family
   * @param value for null the family is declared, without a figure: what is not known is not 0
   */
  set(name: string, help: string, labels: Labels, value: number | boolean | null): void {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] });
      this.#families.set(name, family);
    }
    if (value !== null) family.set(labels, Number(value));
  }
}
