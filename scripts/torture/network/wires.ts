/** The wires of a network: a proxy for each direction in which one validator dials another. */
import { type Manner, Proxy } from './proxy.ts';

/** A wire. */
interface Wire {
  readonly from: string;
  readonly to: string;
  readonly proxy: Proxy;
}

/** All wires between some validators, which are known by their names. */
export class Wires {
  readonly #wires: readonly Wire[];

  private constructor(wires: readonly Wire[]) {
    this.#wires = wires;
  }

  /** Lays them, on free ports. */
  static async lay(names: readonly string[]): Promise<Wires> {
    const pairs = names.flatMap((from) =>
      names.filter((to) => to !== from).map((to) => ({ from, to })),
    );
    return new Wires(
      await Promise.all(pairs.map(async (pair) => ({ ...pair, proxy: await Proxy.open() }))),
    );
  }

  /** Returns where a validator dials the others: what P2P_PEERS says. */
  peersOf(name: string): string {
    return this.#wires
      .filter(({ from }) => from === name)
      .map(({ to, proxy }) => `${to}=${proxy.address}`)
      .join(',');
  }

  /** Says on which port a validator listens from now on. */
  aim(name: string, port: number): void {
    for (const { to, proxy } of this.#wires) if (to === name) proxy.aim(port);
  }

  /** Parts the network: what one side says no longer reaches the other. */
  part(side: ReadonlySet<string>, manner: Manner): void {
    for (const { from, to, proxy } of this.#wires) {
      if (side.has(from) !== side.has(to)) proxy.cut(manner);
    }
  }

  /** Makes the network whole. */
  heal(): void {
    for (const { proxy } of this.#wires) proxy.heal();
  }

  /** Takes them away. */
  close(): void {
    for (const { proxy } of this.#wires) proxy.close();
  }
}
