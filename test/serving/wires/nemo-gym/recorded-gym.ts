import type { Gym, Row } from "../../../../lib/serving/wires/nemo-gym/gym";

/** The counter of NeMo Gym's example of sessions, which was recorded. */
export function counterGym(): Gym {
  const counts = new Map<string, number>();
  const integer = { type: "integer" };
  return {
    className: "StatefulCounterResourcesServer",
    instance: "example_session_state_mgmt",
    row: { type: "object", properties: { initial_count: integer }, required: ["initial_count"] },
    tools: {
      increment_counter: {
        description: "adds to the counter",
        input: { type: "object", properties: { count: integer }, required: ["count"] },
        call: async ({ count }, session) => {
          counts.set(session, (counts.get(session) ?? 0) + Number(count));
          return { success: true };
        },
      },
      get_counter_value: {
        description: "tells the counter",
        input: { type: "object" },
        call: async (_, session) => ({ count: counts.get(session) ?? 0 }),
      },
    },
    seed: async ({ initial_count }, session) => void counts.set(session, Number(initial_count)),
    verify: async ({ expected_count }: Row, session) => ({ reward: counts.get(session) === expected_count ? 1 : 0 }),
  };
}
