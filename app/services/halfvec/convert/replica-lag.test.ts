import { describe, expect, test } from "vitest";
import {
  describeHidden,
  describeLag,
  ReplicaLag,
  type ReplicationLook,
  type WalSender,
} from "./replica-lag.ts";

function look(written: number | null, ...replayed: (number | null)[]): ReplicationLook {
  return {
    written,
    role: "app",
    senders: replayed.map((position, index) => standby(`standby ${index}`, position)),
  };
}

function standby(name: string, replayed: number | null, seconds: number | null = null): WalSender {
  return { name, address: "10.0.0.7", visible: true, replayed, seconds };
}

describe("a standby", () => {
  test("that stands still falls behind with each second", () => {
    const lag = new ReplicaLag();
    expect(lag.furthest(look(1000, 1000), 0)).toBeNull();
    expect(lag.furthest(look(3000, 1000), 1000)).toMatchObject({ seconds: 0, bytes: 2000 });
    expect(lag.furthest(look(4000, 1000), 2000)).toMatchObject({ seconds: 1, bytes: 3000 });
    expect(lag.furthest(look(4000, 1000), 61_000)).toMatchObject({ seconds: 60, bytes: 3000 });
  });

  test("that replays is as far behind as the oldest look that it has not reached", () => {
    const lag = new ReplicaLag();
    for (const [at, written] of [
      [0, 100],
      [1000, 200],
      [2000, 300],
      [3000, 400],
    ] as const) {
      lag.furthest(look(written, 100), at);
    }
    expect(lag.furthest(look(500, 299), 4000)?.seconds).toBe(2);
    expect(lag.furthest(look(500, 300), 4000)?.seconds).toBe(1);
    expect(lag.furthest(look(500, 450), 4000)?.seconds).toBe(0);
    expect(lag.furthest(look(500, 500), 4000)).toBeNull();
  });

  test("that has replayed everything is not behind, however long nothing was written", () => {
    const lag = new ReplicaLag();
    lag.furthest(look(100, 100), 0);
    expect(lag.furthest(look(100, 100), 3_600_000)).toBeNull();
    expect(lag.furthest(look(200, 100), 3_600_400)).toMatchObject({ seconds: 0 });
  });

  test("that was behind before the first look: the server's own measurement counts until ours is longer", () => {
    const lag = new ReplicaLag();
    const behind = (written: number, replayed: number): ReplicationLook => ({
      ...look(written),
      senders: [standby("late", replayed, 40)],
    });
    expect(lag.furthest(behind(1000, 10), 0)?.seconds).toBe(40);
    expect(lag.furthest(behind(2000, 10), 50_000)?.seconds).toBe(50);
    // It has reached our first look: from here on we know better.
    expect(lag.furthest(behind(2000, 1000), 51_000)?.seconds).toBe(1);
  });

  test("of several, the one that is furthest behind counts", () => {
    const lag = new ReplicaLag();
    lag.furthest(look(100, 100, 100), 0);
    lag.furthest(look(200, 200, 100), 1000);
    expect(lag.furthest(look(300, 250, 100), 3000)).toEqual({
      name: "standby 1",
      address: "10.0.0.7",
      seconds: 2,
      bytes: 200,
    });
  });

  test("that replays nothing, as pg_receivewal, is none, and so is every one of a server in recovery", () => {
    const lag = new ReplicaLag();
    expect(lag.furthest(look(100, null), 0)).toBeNull();
    expect(lag.furthest(look(null, 100), 1000)).toBeNull();
  });

  test("that stands still for a day is known to stand so long, from some thousand looks, and its way back to some percent", () => {
    const lag = new ReplicaLag();
    let at = 0;
    let found = lag.furthest(look(1, 1), at);
    for (let written = 2; at < 86_400_000; written++) {
      at += 4000;
      found = lag.furthest(look(written, 1), at);
    }
    expect(found?.seconds).toBeGreaterThan(86_400 * 0.999);
    // It replays the first half of the day at once.
    const half = lag.furthest(look(30_000, 10_800), at);
    expect(half?.seconds).toBeGreaterThan(43_200 * 0.95);
    expect(half?.seconds).toBeLessThanOrEqual(43_200);
  });
});

test("the message names the standby, how far it is behind, the limit and the option", () => {
  const text = describeLag({ name: "replica_a", address: "10.0.0.7", seconds: 45.4, bytes: 5 * 2 ** 20 }, 30);
  expect(text).toContain("standby replica_a (10.0.0.7) is 45 s (5.0 MB) behind, allowed are 30 s");
  expect(text).toContain("recovery_min_apply_delay");
  expect(text).toContain("--max-replica-lag SECONDS");
});

test("a standby that our role may not see is told, with the grant", () => {
  const hidden = { ...standby("x", null), visible: false };
  expect(describeHidden({ written: 1, role: '"my role"', senders: [hidden] })).toMatch(
    /"my role" may not see how far a standby is behind.*GRANT pg_monitor TO "my role"$/,
  );
  expect(describeHidden(look(1, 1))).toBeNull();
});
